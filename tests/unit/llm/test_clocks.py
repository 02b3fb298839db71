"""The alarm below the clocks goes off once and in time; what a server says to one call counts for others."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from app.llm.clocks import Alarm, Signs, Watch
from app.llm.errors import FirstTokenTimeout


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


async def test_moved_in_the_very_turn_in_which_it_rings_it_goes_on() -> None:
    alarm = Alarm(0.02)

    def hold_up() -> None:
        asyncio.get_running_loop().call_later(0.03, alarm.set, 0.2)
        time.sleep(0.05)  # both timers are due after it, the alarm's own first

    asyncio.get_running_loop().call_soon(hold_up)
    assert 0.25 <= await goes_off(alarm) < 1.0


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


def watch(signs: Signs, first_s: float) -> Watch:
    return Watch(first_s=first_s, stall_s=60.0, least=0.0, signs=signs)


async def waited(*spoken: tuple[float, float]) -> float:
    """Seconds that a call waits for its first token: 0.4, and what the server says to others gives it.

    Each of `spoken` is when the server speaks, and how long after this one that call was sent.
    """
    loop, signs = asyncio.get_running_loop(), Signs()
    one = watch(signs, 0.4)

    async def call() -> None:
        async with one:
            for at_s, later_s in spoken:
                loop.call_later(at_s, signs.spoke, one.sent + later_s)
            await asyncio.Event().wait()

    with pytest.raises(FirstTokenTimeout):
        await call()
    return time.monotonic() - one.sent


async def test_a_call_waits_anew_when_the_server_speaks_to_an_earlier_one() -> None:
    assert 0.7 <= await waited((0.3, -1.0)) < 2.0


async def test_a_call_is_lost_when_the_server_speaks_to_later_ones_alone() -> None:
    assert 0.4 <= await waited((0.3, 1.0)) < 0.7


async def test_a_word_to_an_earlier_call_counts_right_after_one_to_a_later_call() -> None:
    assert 0.7 <= await waited((0.29, 1.0), (0.3, -1.0)) < 2.0


async def test_prompts_are_read_as_long_as_a_call_waits_for_its_first_token() -> None:
    signs = Signs()
    async with watch(signs, 5.0):
        async with watch(signs, 30.0) as longer:
            assert signs.reading_s == 30.0
            longer.piece(started=True, said=1)
            assert signs.reading_s == 5.0
        assert signs.reading_s == 5.0
    assert signs.reading_s == 0.0
