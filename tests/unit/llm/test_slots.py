"""The queue before a server: fair, bounded, and never wider than it may be, whoever is cancelled."""

from __future__ import annotations

import asyncio
import random

import pytest

from app.llm.errors import BackendOverloaded
from app.llm.slots import FairQueue, Width


def queue(width: int = 1, room: int = 100) -> FairQueue:
    return FairQueue(Width(width, adaptive=False), room=room, server="s")


async def order_of(names: list[tuple[str, int]], waiting: FairQueue) -> list[str]:
    """The order in which calls of these tasks and priorities get the one slot."""
    got: list[str] = []

    async def one(task_id: str, priority: int) -> None:
        async with waiting.hold(task_id, priority=priority):
            got.append(task_id)

    async with waiting.hold("first"):
        calls = [asyncio.create_task(one(*name)) for name in names]
        await asyncio.sleep(0)
        assert waiting.waiting == len(names)
    await asyncio.gather(*calls)
    return got


async def test_calls_of_one_priority_come_in_turn() -> None:
    assert await order_of([("a", 0), ("b", 0), ("c", 0)], queue()) == ["a", "b", "c"]


async def test_a_smaller_priority_comes_first() -> None:
    assert await order_of([("a", 0), ("b", -5), ("c", 3)], queue()) == ["b", "a", "c"]


async def test_a_task_with_many_calls_does_not_starve_another() -> None:
    got = await order_of([("big", 0)] * 4 + [("small", 0)], queue())
    assert got.index("small") == 1


async def test_a_full_queue_refuses() -> None:
    waiting = queue(room=1)
    async with waiting.hold("a"):
        second = asyncio.create_task(waiting.hold("b").__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(BackendOverloaded):
            await waiting.hold("c").__aenter__()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    assert (waiting.in_use, waiting.waiting) == (0, 0)


async def test_cancelled_calls_lose_no_slot() -> None:
    waiting, rng, peak = queue(width=3), random.Random(1), 0

    async def one(number: int) -> None:
        nonlocal peak
        async with waiting.hold(f"t{number % 7}"):
            peak = max(peak, waiting.in_use)
            await asyncio.sleep(0)

    calls = [asyncio.create_task(one(number)) for number in range(300)]
    for call in rng.sample(calls, 150):
        await asyncio.sleep(0)
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert (waiting.in_use, waiting.waiting, peak) == (0, 0, 3)


async def test_a_call_cancelled_in_the_moment_its_turn_comes_loses_no_slot() -> None:
    waiting = queue()
    async with waiting.hold("a"):
        b, c = waiting.hold("b"), waiting.hold("c")
        second, third = asyncio.create_task(b.__aenter__()), asyncio.create_task(c.__aenter__())
        await asyncio.sleep(0)
        second.cancel()
    await asyncio.wait_for(third, 1)
    assert (waiting.in_use, waiting.waiting, second.cancelled()) == (1, 0, True)


def test_an_adaptive_width_falls_once_a_round_and_grows_back() -> None:
    width = Width(10, adaptive=True)
    width.narrow()
    width.narrow()
    assert width() == 7
    for _ in range(200):
        width.widen()
    assert width() == 10
    for _ in range(50):
        width.narrow()
        for _ in range(width()):
            width.widen()
    assert 1 <= width() <= 10


def test_a_fixed_width_stays() -> None:
    width = Width(2, adaptive=False)
    width.narrow()
    assert width() == 2
