"""Of the runs in a process the one at work is blamed for its death, and suspects work one at a time."""

from __future__ import annotations

import asyncio

import pytest

from app.engine import blame
from app.engine.blame import Suspects
from app.store.runs import WAITING

OFTEN = 10 * WAITING


async def test_a_run_alone_at_work_is_to_blame_and_one_among_others_is_not() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=False)
    assert not await suspects.begin("b", suspect=False)
    suspects.over("a")
    suspects.over("b")
    assert await suspects.begin("c", suspect=False)


async def test_the_only_run_is_to_blame_while_it_waits_and_one_among_others_is_not() -> None:
    suspects = Suspects()
    await suspects.begin("a", suspect=False)
    assert suspects.waits("a", died=0)
    await suspects.begin("b", suspect=False)
    assert not suspects.waits("b", died=0)
    suspects.over("a")
    assert suspects.waits("b", died=0)


async def test_suspects_take_turns_until_they_wait_and_each_is_to_blame_in_its_own() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=True)
    next_turn = asyncio.create_task(suspects.begin("b", suspect=True))
    await asyncio.sleep(0)
    suspects.over("another")
    await asyncio.sleep(0)
    assert not next_turn.done()
    assert not suspects.waits("a", died=WAITING)
    assert await asyncio.wait_for(next_turn, 10)
    suspects.over("a")
    suspects.over("b")


async def test_who_died_often_beside_others_keeps_its_turn_until_it_gets_further() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=True)
    next_turn = asyncio.create_task(suspects.begin("b", suspect=True))
    await asyncio.sleep(0)
    assert suspects.waits("a", died=OFTEN)
    await asyncio.sleep(0)
    assert not next_turn.done()
    suspects.went_on("a")
    assert await asyncio.wait_for(next_turn, 10)


async def test_a_suspect_that_waits_for_its_turn_is_a_run_too() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=True)
    next_turn = asyncio.create_task(suspects.begin("b", suspect=True))
    await asyncio.sleep(0)
    assert not suspects.waits("a", died=WAITING)
    assert await asyncio.wait_for(next_turn, 10)


async def test_a_suspect_whose_turn_does_not_come_begins_beside_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blame, "_PATIENCE_S", 0.01)
    suspects = Suspects()
    assert await suspects.begin("slow", suspect=True)
    assert not await suspects.begin("other", suspect=True)
    suspects.over("other")
    suspects.over("slow")
    assert await suspects.begin("other", suspect=True)
