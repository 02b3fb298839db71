"""Slots across processes: whoever gives up, and however often, leaves none taken."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from app.engine.calls import SharedSlots
from app.llm.call import Role


@dataclass
class SlowLocks:
    """Locks of a database that takes its time."""

    taken: set[tuple[int, int]] = field(default_factory=set)

    def take(self, group: int, number: int) -> bool:
        time.sleep(0.1)
        if (group, number) in self.taken:
            return False
        self.taken.add((group, number))
        return True

    def release(self, group: int, number: int) -> None:
        self.taken.remove((group, number))

    def close(self) -> None:
        self.taken.clear()


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_caller_who_gives_up_while_the_lock_is_asked_for_leaves_it_free(times: int) -> None:
    locks = SlowLocks()
    with ThreadPoolExecutor(1) as thread:
        slots = SharedSlots(locks, {Role.PM: 1}, thread)

        async def use() -> None:
            async with slots.hold("server", Role.PM):
                pass

        given_up = asyncio.create_task(use())
        await asyncio.sleep(0.03)
        for _ in range(times):
            given_up.cancel()
            await asyncio.sleep(0.01)
        await asyncio.gather(given_up, return_exceptions=True)
        await asyncio.wait_for(use(), 5.0)
    assert locks.taken == set()
