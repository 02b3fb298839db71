"""The one owner of retries: who waits how long, and what a retry costs."""

from __future__ import annotations

import pytest

from app.llm.clocks import Whole
from app.llm.config import Clocks
from app.llm.errors import AuthError, BackendOverloaded, BackendUnavailable, InvalidRequest, LlmError
from app.llm.retry import Budget, Tries

HOUR_S = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def tries(*, patient: bool = True, budget: Budget | None = None) -> Tries:
    return Tries(Clocks(), budget or Budget(), patient=patient)


def pause(of: Tries, error: LlmError, *, deadline_s: float = HOUR_S) -> float | None:
    return of.pause_after(error, "server", others=False, whole=Whole(deadline_s))


def busy(seconds: float) -> BackendOverloaded:
    return BackendOverloaded("busy", retry_after_s=seconds)


async def test_a_call_with_nobody_behind_it_waits_as_long_as_a_busy_server_says() -> None:
    one = tries()
    assert [pause(one, busy(60)) for _ in range(6)] == [60.0] * 5 + [None]


async def test_a_call_with_another_rung_behind_it_does_not_wait_for_long() -> None:
    assert pause(tries(patient=False), busy(60)) is None
    one = tries(patient=False)
    assert [pause(one, busy(8)) for _ in range(3)] == [8.0, 8.0, None]


async def test_nobody_waits_past_the_deadline() -> None:
    assert pause(tries(), busy(60), deadline_s=30) is None


async def test_the_first_wait_for_a_busy_server_costs_no_retry_and_the_next_do() -> None:
    budget = Budget(now=Clock())
    for _ in range(20):
        assert pause(tries(budget=budget), busy(1)) == 1.0
    assert pause(tries(budget=budget), BackendUnavailable("status 500")) is not None
    calls = [tries(budget=budget) for _ in range(20)]
    assert all(pause(one, busy(1)) for one in calls)
    assert sum(pause(one, busy(2)) is not None for one in calls) == 9


async def test_waiting_in_our_own_queue_costs_no_retries() -> None:
    budget = Budget(now=Clock())
    full = BackendOverloaded("full", ours=True)
    for _ in range(20):
        one = tries(budget=budget)
        assert [pause(one, full) is None for _ in range(6)] == [False] * 5 + [True]


async def test_a_busy_server_that_asks_for_no_wait_is_asked_again_at_different_times() -> None:
    pauses = {pause(tries(), busy(0)) for _ in range(20)}
    assert len(pauses) == 20


def test_time_fills_the_budget_while_no_call_comes() -> None:
    clock = Clock()
    budget = Budget(now=clock)
    assert [budget.spend() for _ in range(11)] == [True] * 10 + [False]
    clock.now += 4
    assert [budget.spend() for _ in range(3)] == [True, True, False]


async def test_a_failing_server_uses_the_budget_up_and_calls_and_time_fill_it_again() -> None:
    clock = Clock()
    budget = Budget(now=clock)

    def retried() -> int:
        return sum(
            pause(tries(budget=budget), BackendUnavailable("status 500")) is not None for _ in range(20)
        )

    assert retried() == 10
    for _ in range(20):
        budget.earn()
    assert retried() == 2
    clock.now += 6
    budget.earn()
    assert retried() == 3
    clock.now += HOUR_S
    budget.earn()
    assert retried() == 10


@pytest.mark.parametrize("error", [InvalidRequest("400"), AuthError("401")])
async def test_a_refusal_is_never_repeated(error: LlmError) -> None:
    assert pause(tries(), error) is None
