"""The alarm below the clocks: moved often, it goes off once and in time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.llm.clocks import Alarm


async def goes_off(alarm: Alarm) -> float:
    """Seconds until it does, by the loop's clock."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        async with alarm:
            await asyncio.Event().wait()
    return loop.time() - began


async def test_it_goes_off_when_it_was_set_to() -> None:
    assert 0.05 <= await goes_off(Alarm(0.05)) < 1.0


async def test_moved_later_it_waits_for_the_later_moment() -> None:
    alarm = Alarm(0.02)
    asyncio.get_running_loop().call_soon(alarm.set, 0.2)
    assert 0.2 <= await goes_off(alarm) < 1.0


async def test_moved_earlier_it_does_not_wait_for_the_later_moment() -> None:
    alarm = Alarm(60)
    asyncio.get_running_loop().call_soon(alarm.set, 0.05)
    assert 0.05 <= await goes_off(alarm) < 1.0


async def test_moved_later_and_back_it_goes_off_at_the_last_moment_it_was_given() -> None:
    alarm = Alarm(60)
    for seconds in (0.01, 90, 0.1):
        asyncio.get_running_loop().call_soon(alarm.set, seconds)
    assert 0.1 <= await goes_off(alarm) < 1.0


async def test_moving_it_a_thousand_times_winds_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    wound: list[float] = []
    call_at = loop.call_at

    def counted(when: float, *arguments: Any, **options: Any) -> asyncio.TimerHandle:
        wound.append(when)
        return call_at(when, *arguments, **options)

    monkeypatch.setattr(loop, "call_at", counted)
    async with Alarm(60) as alarm:
        for number in range(1000):
            alarm.set(60 + number)
    assert len(wound) == 1


async def test_left_in_time_it_never_goes_off() -> None:
    async with Alarm(0.01):
        pass
    assert await goes_off(Alarm(0.05)) >= 0.05


async def test_a_cancellation_from_outside_stays_one() -> None:
    waits = asyncio.Event()

    async def call() -> None:
        async with Alarm(60):
            waits.set()
            await asyncio.Event().wait()

    calling = asyncio.create_task(call())
    await waits.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
