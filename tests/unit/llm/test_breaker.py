"""The breaker: what opens it, how long, and that only a canary closes it."""

from __future__ import annotations

import pytest

from app.llm.breaker import Breaker, State
from app.llm.config import Clocks


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(Clocks(), now=clock)


def test_five_failures_in_a_row_open_it(breaker: Breaker) -> None:
    for _ in range(4):
        breaker.failed()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.state == "open"


def test_failures_that_took_their_time_open_it_at_the_third(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.failed(weight=2)
    assert breaker.state == "closed"
    breaker.failed(weight=2)
    assert breaker.state == "open"


def test_half_of_the_last_calls_open_it(breaker: Breaker) -> None:
    for _ in range(5):
        assert breaker.state is State.CLOSED
        breaker.succeeded()
        breaker.failed()
    assert breaker.state is State.OPEN


def test_one_refused_connection_opens_it(breaker: Breaker) -> None:
    breaker.failed(refused=True)
    assert breaker.state is State.OPEN
    assert 4.0 <= breaker.wait_s <= 5.0


def test_each_dead_canary_doubles_the_wait_up_to_a_minute(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(refused=True)
    waits = []
    for _ in range(6):
        waits.append(breaker.wait_s)
        clock.now += breaker.wait_s
        assert breaker.state is State.HALF_OPEN
        breaker.failed()
    assert waits[:4] == sorted(waits[:4])
    assert 48 <= breaker.wait_s <= 60


def test_late_failures_of_earlier_calls_do_not_prolong_the_wait(breaker: Breaker) -> None:
    breaker.failed(refused=True)
    before = breaker.wait_s
    breaker.failed()
    assert breaker.wait_s == before


def test_a_living_canary_closes_it_and_forgets(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(refused=True)
    clock.now += 5
    breaker.succeeded()
    assert breaker.state is State.CLOSED
    for _ in range(4):
        breaker.failed()
    assert breaker.state is State.CLOSED
