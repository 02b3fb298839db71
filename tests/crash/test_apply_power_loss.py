"""Power is lost before every call of an apply, and every state that may leave is recovered from."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest

from app.domain import Receipt
from app.writer.apply import WriteFailed, apply, recover
from app.writer.policy import Policy
from tests.crash.scenario import CHANGES, NEW, OLD, say
from tests.crash.weak_disk import WeakDisk, after_power_loss

pytestmark = pytest.mark.timeout(600)
ROOT, JOURNAL = Path("/model/ws"), Path("/model/journal")
TREE = ROOT / "task"
POLICY = Policy(ROOT).within("task")


def planted(*, links: bool = True) -> WeakDisk:
    disk = WeakDisk(links=links)
    disk.plant(TREE, OLD)
    disk.make_root(JOURNAL)
    return disk


def run(disk: WeakDisk) -> tuple[Receipt, ...]:
    return apply(CHANGES, policy=POLICY, journal=JOURNAL, name="one", fence=lambda: None, files=disk)


def moments(disk: WeakDisk, *, recovery: bool = False) -> tuple[list[WeakDisk], WeakDisk]:
    """The disk just before each call that changes it, and at the end."""
    seen: list[WeakDisk] = []
    disk.watch = lambda now: seen.append(now.copy())
    if recovery:
        recover(JOURNAL, files=disk)
    else:
        run(disk)
    disk.watch = lambda _: None
    return seen, disk


def ends() -> tuple[dict[str, bytes | None], dict[str, bytes | None], tuple[Receipt, ...]]:
    disk = planted()
    old = disk.tree(TREE)
    receipts = run(disk)
    new = disk.tree(TREE)
    assert {path: data for path, data in new.items() if data is not None} == NEW
    return old, new, receipts


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_every_state_a_loss_of_power_may_leave_recovers_to_the_old_tree_or_the_new(
    pytestconfig: pytest.Config, *, links: bool
) -> None:
    old, new, receipts = ends()
    chance = random.Random(6)
    seen, _ = moments(planted(links=links))
    states = forward = 0
    for moment in seen:
        for state in after_power_loss(moment, most=300, chance=chance):
            states += 1
            assert recover(JOURNAL, files=state) == ()
            tree = state.tree(TREE)
            assert tree in (old, new)
            forward += tree == new
            assert run(state) == receipts
            assert state.tree(TREE) == new
    say(pytestconfig, f"power loss: {len(seen)} moments, {states} states ({forward} forward), 0 violations")


def test_what_an_apply_has_returned_survives_every_loss_of_power(pytestconfig: pytest.Config) -> None:
    _, new, receipts = ends()
    _, disk = moments(planted())
    states = 0
    for state in after_power_loss(disk, most=2_000, chance=random.Random(6)):
        states += 1
        assert recover(JOURNAL, files=state) == ()
        assert state.tree(TREE) == new
        assert run(state) == receipts
    say(pytestconfig, f"power loss after the answer: {states} states, 0 violations")


class Uncommitting(WeakDisk):
    """Fails once to make the commit durable; `undoing` from then on."""

    undoing = False

    def sync(self, descriptor: int) -> None:
        if not self.undoing and "one.done" in (self.nodes[descriptor].names or {}):
            self.undoing = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(descriptor)


def test_power_lost_while_a_failed_commit_is_undone_is_recovered_from(pytestconfig: pytest.Config) -> None:
    old, new, _ = ends()
    disk, chance, states = Uncommitting(planted().nodes), random.Random(6), 0
    seen: list[WeakDisk] = []
    disk.watch = lambda now: seen.append(now.copy()) if disk.undoing else None
    with pytest.raises(WriteFailed):
        run(disk)
    for moment in seen:
        for state in after_power_loss(moment, most=300, chance=chance):
            states += 1
            assert recover(JOURNAL, files=state) == ()
            assert state.tree(TREE) in (old, new)
    for state in after_power_loss(disk, most=300, chance=chance):
        assert recover(JOURNAL, files=state) == ()
        assert state.tree(TREE) == old
    say(pytestconfig, f"power loss in undoing: {len(seen)} moments, {states} states, 0 violations")


@pytest.mark.slow
def test_power_lost_again_in_recovery_is_recovered_from(pytestconfig: pytest.Config) -> None:
    old, new, _ = ends()
    chance = random.Random(6)
    states = 0
    for moment in moments(planted())[0]:
        for first in after_power_loss(moment, most=5, chance=chance):
            for again in moments(first, recovery=True)[0]:
                for state in after_power_loss(again, most=5, chance=chance):
                    states += 1
                    assert recover(JOURNAL, files=state) == ()
                    assert state.tree(TREE) in (old, new)
    say(pytestconfig, f"power lost twice: {states} states, 0 violations")
