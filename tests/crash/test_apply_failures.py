"""The N-th call of an apply fails, or the process dies there, for every N: old tree or new tree."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain import Receipt
from app.writer.apply import WriteFailed, apply, recover
from app.writer.files import DiskFiles, Files
from app.writer.policy import Policy
from tests.crash.scenario import CHANGES, NEW, plant, say, snapshot
from tests.crash.struck_files import Died, StruckFiles

Tree = dict[str, tuple[bytes, int] | None]


pytestmark = pytest.mark.timeout(600)


@dataclass
class Site:
    """A planted tree that can be planted anew for each run."""

    base: Path

    @property
    def tree(self) -> Path:
        return self.base / "ws" / "task"

    def reset(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)
        plant(self.tree)

    def apply(self, files: Files) -> tuple[Receipt, ...]:
        policy = Policy(self.base / "ws").within("task")
        return apply(
            CHANGES, policy=policy, journal=self.base / "journal", name="one", fence=lambda: None, files=files
        )

    def recover(self, files: Files) -> tuple[str, ...]:
        return recover(self.base / "journal", files=files)

    def entries(self) -> list[str]:
        return sorted(path.name for path in (self.base / "journal").iterdir() if path.name != "lock")


@dataclass
class Ends:
    """The two trees a run may end in, and what a clean apply says."""

    old: Tree
    new: Tree
    receipts: tuple[Receipt, ...]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture
def ends(site: Site) -> Ends:
    site.reset()
    old = snapshot(site.tree)
    receipts = site.apply(DiskFiles())
    new = snapshot(site.tree)
    assert {path: file[0] for path, file in new.items() if file} == NEW
    return Ends(old, new, receipts)


def strikes(site: Site, *, number: int | None, late: bool, lasting: bool = False) -> Iterator[StruckFiles]:
    """A struck disk over a fresh tree for N = 1, 2, 3 … until N is more than a run has calls."""
    at = 0
    while True:
        at += 1
        site.reset()
        files = StruckFiles(at=at, number=number, late=late, lasting=lasting)
        yield files
        if files.calls < at:
            return


@pytest.mark.parametrize("late", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EINTR])
def test_a_failing_call_leaves_the_old_tree_or_a_finished_apply(
    site: Site, ends: Ends, number: int, pytestconfig: pytest.Config, *, late: bool
) -> None:
    tried = 0
    for files in strikes(site, number=number, late=late):
        tried += 1
        told = f"{errno.errorcode[number]} at call {files.at} ({files.log[-1:]})"
        try:
            receipts = site.apply(files)
        except WriteFailed:
            assert snapshot(site.tree) == ends.old, told
            assert site.recover(DiskFiles()) == (), told
            assert snapshot(site.tree) == ends.old, told
        else:
            assert receipts == ends.receipts, told
            assert site.recover(DiskFiles()) == (), told
            assert snapshot(site.tree) == ends.new, told
        assert site.apply(DiskFiles()) == ends.receipts, told
        assert snapshot(site.tree) == ends.new, told
    say(pytestconfig, f"{errno.errorcode[number]}: {tried} points tried, 0 violations")


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_from_some_call_on_is_mended_when_it_is_back(
    site: Site, ends: Ends, number: int, pytestconfig: pytest.Config
) -> None:
    tried = 0
    for files in strikes(site, number=number, late=False, lasting=True):
        tried += 1
        try:
            site.apply(files)
        except WriteFailed:
            assert site.recover(DiskFiles()) == ()
            assert snapshot(site.tree) in (ends.old, ends.new)
        assert site.apply(DiskFiles()) == ends.receipts
        assert snapshot(site.tree) == ends.new
    say(pytestconfig, f"lasting {errno.errorcode[number]}: {tried} points tried, 0 violations")


@pytest.mark.parametrize("late", [False, True], ids=["before its effect", "after its effect"])
def test_a_process_that_dies_leaves_the_old_tree_or_the_new_one_after_recovery(
    site: Site, ends: Ends, pytestconfig: pytest.Config, *, late: bool
) -> None:
    tried = forward = 0
    for files in strikes(site, number=None, late=late):
        tried += 1
        try:
            site.apply(files)
        except Died:
            assert site.recover(DiskFiles()) == ()
        tree = snapshot(site.tree)
        assert tree in (ends.old, ends.new), f"death at call {files.at} ({files.log[-1]})"
        forward += tree == ends.new
        assert site.apply(DiskFiles()) == ends.receipts
        site.recover(DiskFiles())
        assert snapshot(site.tree) == ends.new
        assert site.entries() == ["one.kept"]
    say(pytestconfig, f"death: {tried} points tried ({forward} forward), 0 violations")


def test_a_commit_that_fails_and_a_death_while_the_old_tree_is_put_back(
    site: Site, ends: Ends, pytestconfig: pytest.Config
) -> None:
    whole = StruckFiles()
    site.reset()
    site.apply(whole)
    commit = max(at for at, call in enumerate(whole.log, 1) if call == "rename" and at < len(whole.log) - 5)
    tried = 0
    for at in range(commit - 2, commit + 3):
        for death in range(at + 1, at + 1_000):
            site.reset()
            files = StruckFiles(at=at, number=errno.EIO, late=True, dies_at=death)
            with contextlib.suppress(Died, WriteFailed):
                site.apply(files)
            tried += 1
            assert site.recover(DiskFiles()) == ()
            assert snapshot(site.tree) in (ends.old, ends.new), f"EIO at call {at}, death at {death}"
            assert site.apply(DiskFiles()) == ends.receipts
            if files.calls < death:
                break
    say(pytestconfig, f"failing commit, death in the undoing: {tried} pairs tried, 0 violations")


@pytest.mark.slow
def test_a_recovery_that_dies_too_is_finished_by_the_next(
    site: Site, ends: Ends, pytestconfig: pytest.Config
) -> None:
    whole = StruckFiles()
    site.reset()
    site.apply(whole)
    tried = 0
    for at in range(1, whole.calls + 1, 1 if pytestconfig.getoption("--soak") else 5):
        again = StruckFiles(at=0)
        for second in range(1, 10_000):
            site.reset()
            with pytest.raises(Died):
                site.apply(StruckFiles(at=at, late=True))
            again = StruckFiles(at=second)
            with contextlib.suppress(Died):
                site.recover(again)
            tried += 1
            assert site.recover(DiskFiles()) == ()
            assert snapshot(site.tree) in (ends.old, ends.new), f"death at {at}, in recovery at {second}"
            if again.calls < second:
                break
    say(pytestconfig, f"death in apply and in recovery: {tried} pairs tried, 0 violations")
