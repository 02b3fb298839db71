"""A task that kills its worker is stopped, and those beside it are not blamed for the deaths."""

from __future__ import annotations

import signal
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from app.store.session import open_database
from app.task import ErrorCode, Status
from tests.crash.harness import Customer, Died, Job, Service
from tests.crash.invariants import violations
from tests.crash.service import Life
from tests.crash.several import ended, lives, ordered, slowly, task_of, until
from tests.crash.stand_ins import Servers, code_for
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen


@pytest.mark.parametrize("point", ["model.before_call", "model.asked"])
def test_a_task_that_kills_its_worker_each_time_is_stopped_after_three(life: Life, point: str) -> None:
    poisoned = replace(life, die_at=point, die_after=1, crash_limit=3)
    with closing(open_database(life.database_url)) as database:
        deaths = 0
        task_id = ""
        while not task_id or not ended(database, task_id):
            assert deaths < 8
            with lives(poisoned) as (service,):
                if not task_id:
                    _, task_id = ordered(service)
                until(lambda s=service, t=task_id: not s.alive() or ended(database, t))  # type: ignore[misc]
                deaths += not service.alive()
        task = task_of(database, task_id)
        assert task.error is not None
        assert (task.status, task.error.code, deaths) == (Status.FAILED, ErrorCode.INTERNAL, 3)


def test_a_service_that_dies_again_and_again_while_tasks_wait_for_models_fails_none(
    life: Life, servers: Servers
) -> None:
    with FakeVllm(slowly) as coder, closing(open_database(life.database_url)) as database:
        dying = replace(life, vllm=coder.base, crash_limit=3)
        customer = Customer(jobs=[Job(number, "coded") for number in range(4)])
        for _ in range(5):
            asked = len(coder.calls)
            with lives(dying) as (service,):
                customer.visit(service)
                until(lambda c=asked: len(coder.calls) >= c + len(customer.jobs))  # type: ignore[misc]
        with lives(dying) as (service,):
            customer.settle(service)
        assert {task_of(database, job.task_id).status for job in customer.jobs} == {Status.COMPLETED}
        assert violations(life, customer, *servers, coder) == []


@pytest.mark.slow
def test_a_task_whose_calls_kill_is_found_out_among_others_and_they_are_completed(
    life: Life, servers: Servers
) -> None:
    living: list[Service] = []

    def deadly(seen: Seen) -> Reply:
        if "made_0_" in seen.prompt:
            living[-1].get(signal.SIGKILL)
        return Reply(code_for(seen), first_s=0.8)

    customer = Customer(jobs=[Job(number, "coded") for number in range(3)])
    with FakeVllm(deadly) as coder, closing(open_database(life.database_url)) as database:
        mortal = replace(life, vllm=coder.base, crash_limit=3)
        while not all(job.done for job in customer.jobs):
            assert len(living) < 16
            with lives(mortal) as (service,), suppress(Died):
                living.append(service)
                customer.settle(service)
        found = [task_of(database, job.task_id) for job in customer.jobs]
    assert [task.status for task in found] == [Status.FAILED, Status.COMPLETED, Status.COMPLETED]
    assert found[0].error is not None
    assert found[0].error.code is ErrorCode.INTERNAL
