"""The only run of a process is blamed for its death; beside others, who died often has to run by itself."""

from __future__ import annotations

import asyncio

import pytest

from app.engine import blame
from app.engine.blame import Suspects
from app.store.runs import BESIDE

OFTEN = 5 * BESIDE


async def begun(suspects: Suspects, task_id: str, *, died: int) -> bool:
    suspects.enter(task_id)
    await suspects.turn(task_id, died=died)
    return suspects.to_blame(task_id)


async def test_the_only_run_is_to_blame_and_one_among_others_is_not() -> None:
    suspects = Suspects()
    assert await begun(suspects, "a", died=0)
    assert not await begun(suspects, "b", died=BESIDE)
    assert not suspects.to_blame("a")
    suspects.leave("b")
    assert suspects.to_blame("a")


async def test_who_died_often_runs_in_a_turn_of_its_own_and_is_to_blame_in_it() -> None:
    suspects = Suspects()
    await begun(suspects, "innocent", died=0)
    assert await begun(suspects, "a", died=OFTEN)
    waiting = [
        asyncio.create_task(begun(suspects, name, died=died)) for name, died in (("b", OFTEN), ("c", 1))
    ]
    await asyncio.sleep(0)
    suspects.went_on("innocent")
    await asyncio.sleep(0)
    assert not any(each.done() for each in waiting)
    suspects.went_on("a")
    assert await asyncio.wait_for(waiting[0], 10)
    assert not suspects.to_blame("a")
    assert not waiting[1].done()
    suspects.leave("b")
    assert not await asyncio.wait_for(waiting[1], 10)


async def test_who_died_seldom_holds_no_turn() -> None:
    suspects = Suspects()
    await begun(suspects, "a", died=OFTEN - 1)
    assert not await asyncio.wait_for(begun(suspects, "b", died=BESIDE), 10)
    assert await asyncio.wait_for(begun(suspects, "c", died=OFTEN), 10)


async def test_whose_turn_does_not_come_begins_beside_the_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blame, "_PATIENCE_S", 0.01)
    suspects = Suspects()
    assert await begun(suspects, "slow", died=OFTEN)
    assert not await begun(suspects, "other", died=OFTEN)
    suspects.leave("other")
    assert suspects.to_blame("slow")
    suspects.leave("slow")
    assert await begun(suspects, "other", died=OFTEN)
