"""Exits 0 when the ticket's files work; run in their folder."""

import contextlib

import stats
import test_stats

assert stats.mean([1, 2, 6]) == 3
assert stats.median([3, 1, 2]) == 2
assert stats.median([1, 2, 3, 4]) == 2.5
with contextlib.suppress(ValueError):
    stats.mean([])
    raise AssertionError("mean of nothing")
assert [name for name in vars(test_stats) if name.startswith("test_")]
