"""The N-th system call of an apply fails, or is its last, for every N and both ways of opening folders."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from app.domain import Receipt
from app.writer.apply import WriteFailed
from app.writer.files import DiskFiles
from app.writer.resolve import OpenBeneath, by_kernel, by_walk, kernel_resolves
from tests.crash.scenario import say, snapshot
from tests.crash.struck_calls import StruckCalls
from tests.crash.struck_files import Died, StruckFiles
from tests.crash.test_apply_failures import Site, Tree

pytestmark = pytest.mark.timeout(600)
NUMBERS = (errno.EIO, errno.ENOSPC, errno.EINTR, None)
CASES = [
    *((by_kernel, number, late) for number in NUMBERS for late in (False, True)),
    *((by_walk, number, False) for number in (errno.EIO, None)),
]


def told_as(number: int | None) -> str:
    return "death" if number is None else errno.errorcode[number]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "number", "late"),
    CASES,
    ids=[f"{w.__name__}, {told_as(n)}, {'after' if late else 'before'} its effect" for w, n, late in CASES],
)
def test_a_struck_system_call_leaves_the_old_tree_or_a_finished_apply(
    tmp_path: Path, way: OpenBeneath, number: int | None, pytestconfig: pytest.Config, *, late: bool
) -> None:
    if way is by_kernel and not kernel_resolves():
        pytest.skip("this kernel has no openat2, or a filter forbids it")
    site, whole, real = Site(tmp_path / "site"), StruckFiles(way=way), DiskFiles(way=way)
    site.reset()
    old, receipts, new = snapshot(site.tree), site.apply(whole), snapshot(site.tree)
    struck = StruckCalls()
    for at in range(1, 10_000):
        site.reset()
        struck = StruckCalls(at=at, number=number, late=late)
        told: tuple[Receipt, ...] | None = None
        ends: tuple[Tree, ...] = (old, new)
        with struck.striking():
            try:
                told = site.apply(real)
                ends = (new,)
            except WriteFailed:
                ends = (old,)
            except Died:
                pass
        where = f"call {at} ({struck.log[-1]})"
        if ends == (old,):
            assert snapshot(site.tree) == old, where
        assert told in (None, receipts), where
        assert site.recover(whole) == (), where
        assert snapshot(site.tree) in ends, where
        assert site.apply(whole) == receipts, where
        assert snapshot(site.tree) == new, where
        if struck.calls < at:
            break
    say(pytestconfig, f"{told_as(number)} of a system call: {struck.at} points tried, 0 violations")
