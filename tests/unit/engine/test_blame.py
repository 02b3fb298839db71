"""Of the runs in a process the one at work is blamed for its death, and suspects work one at a time."""

from __future__ import annotations

import asyncio

import pytest

from app.engine import blame
from app.engine.blame import Suspects


async def test_a_run_alone_at_work_is_to_blame_and_one_among_others_is_not() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=False)
    assert not await suspects.begin("b", suspect=False)
    suspects.clear("a")
    suspects.clear("b")
    assert await suspects.begin("c", suspect=False)


async def test_suspects_take_turns_and_each_is_to_blame_in_its_own() -> None:
    suspects = Suspects()
    assert await suspects.begin("a", suspect=True)
    next_turn = asyncio.create_task(suspects.begin("b", suspect=True))
    await asyncio.sleep(0)
    suspects.clear("another")
    await asyncio.sleep(0)
    assert not next_turn.done()
    suspects.clear("a")
    assert await asyncio.wait_for(next_turn, 10)
    suspects.clear("a")
    suspects.clear("b")


async def test_a_suspect_whose_turn_does_not_come_begins_beside_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blame, "_PATIENCE_S", 0.01)
    suspects = Suspects()
    assert await suspects.begin("slow", suspect=True)
    assert not await suspects.begin("other", suspect=True)
    suspects.clear("other")
    suspects.clear("slow")
    assert await suspects.begin("other", suspect=True)
