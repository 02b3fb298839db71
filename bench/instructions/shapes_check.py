"""Exits 0 when the ticket's files work; run in their folder."""

import math

from shapes.area import circle, rectangle
from shapes.volume import box, cylinder

assert math.isclose(circle(1), math.pi, rel_tol=1e-4)
assert rectangle(2, 3) == 6
assert math.isclose(cylinder(1, 2), 2 * math.pi, rel_tol=1e-4)
assert box(1, 2, 3) == 6
