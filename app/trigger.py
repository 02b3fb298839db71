"""Named points in the code where a crash test may strike; in production each is one comparison.

A test arms a callback in its own process with `arm`; the callback gets the name and may kill the process,
raise or wait.
"""

from __future__ import annotations

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def point(name: str) -> None:
    """Names a point between two effects, for instance "apply.renamed"."""
    if _armed is not None:
        _armed(name)


def arm(callback: Callable[[str], None] | None) -> None:
    """Lets `callback` be told of every point from now on; None disarms."""
    global _armed  # noqa: PLW0603 -- one process, one nemesis
    _armed = callback
