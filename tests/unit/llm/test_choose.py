"""Which server a task goes to, and how often a call is tried."""

from __future__ import annotations

from collections import Counter

import pytest

from app.llm.choose import Homes
from app.llm.clocks import Whole
from app.llm.config import Clocks
from app.llm.errors import (
    AuthError,
    BackendOverloaded,
    BackendUnavailable,
    ContextOverflow,
    DeadlineExceeded,
    FirstTokenTimeout,
    InvalidRequest,
    LlmError,
    ModelNotFound,
    Repetition,
    StallTimeout,
    StreamInterrupted,
)
from app.llm.retry import Budget, Tries

SERVERS = ("a", "b", "c", "d")


def test_a_task_stays_at_its_server() -> None:
    homes = Homes()
    first = homes.choose("t", dict.fromkeys(SERVERS, 0))
    assert homes.choose("t", dict.fromkeys(SERVERS, 0) | {first: 50}) == first


def test_a_task_moves_when_its_server_is_gone_and_stays_there() -> None:
    homes = Homes()
    first = homes.choose("t", dict.fromkeys(SERVERS, 0))
    others = {server: 0 for server in SERVERS if server != first}
    second = homes.choose("t", others)
    assert homes.choose("t", dict.fromkeys(SERVERS, 0)) == second


def test_tasks_spread_evenly_and_never_past_the_bound() -> None:
    homes, loads = Homes(), dict.fromkeys(SERVERS, 0)
    for number in range(200):
        loads[homes.choose(f"t{number}", loads)] += 1
    assert max(loads.values()) <= 1.25 * 50 + 2


def test_another_process_finds_the_same_home() -> None:
    found = Counter(Homes().choose("t", dict.fromkeys(SERVERS, 0)) for _ in range(5))
    assert len(found) == 1


@pytest.mark.parametrize(("error", "alone", "beside_others"), [
    (BackendUnavailable("x"), 1, 3),
    (BackendUnavailable("x", refused=True), 0, 3),
    (BackendOverloaded("x"), 5, 5),
    (FirstTokenTimeout("x"), 0, 3),
    (StallTimeout("x"), 0, 1),
    (StreamInterrupted("x"), 1, 1),
    (Repetition("x"), 1, 1),
    (ModelNotFound("x"), 0, 3),
    (DeadlineExceeded("x"), 0, 0),
    (ContextOverflow("x"), 0, 0),
    (AuthError("x"), 0, 0),
    (InvalidRequest("x"), 0, 0),
])  # fmt: skip
async def test_each_error_is_tried_again_as_often_as_it_may_help(
    error: LlmError, alone: int, beside_others: int
) -> None:
    for servers, expected in ((("a",), alone), (SERVERS, beside_others)):
        tries = Tries(Clocks(scale=0.0), Budget())
        async with Whole(60) as whole:
            while True:
                left = [server for server in servers if server not in tries.failed_at]
                if tries.pause_after(error, left[0], others=len(left) > 1, whole=whole) is None:
                    break
        assert tries.number == 1 + expected, servers


async def test_a_budget_bounds_the_retries_of_all_calls() -> None:
    budget, sent = Budget(), 0
    for _ in range(200):
        budget.earn()
        tries = Tries(Clocks(scale=0.0), budget)
        async with Whole(60) as whole:
            tries.pause_after(BackendUnavailable("x"), "a", others=False, whole=whole)
        sent += tries.number
    assert sent <= 1.2 * 200


async def test_no_retry_begins_that_would_end_past_the_deadline() -> None:
    tries = Tries(Clocks(), Budget())
    async with Whole(5) as whole:
        late = BackendOverloaded("x", retry_after_s=86_400)
        assert tries.pause_after(late, "a", others=False, whole=whole) is None
