"""Several processes over one database: a dead or hanging worker's tasks go on elsewhere, and only there."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.engine.config import VERSION, Clocks
from app.engine.runtime import migrate
from app.store import events, tasks
from app.store.session import open_database
from app.store.tables import tasks as task_table
from app.task import Status
from tests.crash.harness import Customer, Job, life_of
from tests.crash.invariants import violations
from tests.crash.service import CLOCKS, Life
from tests.crash.several import (
    changed,
    ended,
    hanging,
    lives,
    names,
    ordered,
    settled,
    slowly,
    until,
)
from tests.crash.stand_ins import Servers
from tests.fakes.postgres import Postgres
from tests.fakes.relay import relay
from tests.fakes.vllm import FakeVllm

STOPPED_S = 30.0


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_dies_or_hangs_is_taken_over_within_fifteen_seconds(
    life: Life, how: int, servers: Servers
) -> None:
    with FakeVllm(hanging(2)) as coder:
        real = replace(life, vllm=coder.base, clocks=Clocks())
        with (
            lives(real, replace(real, worker=False)) as (victim, door),
            closing(open_database(life.database_url)) as database,
        ):
            usual = until(lambda: settled(door, Job(1, "verbatim")))
            customer, task_id = ordered(door)
            until(lambda: bool(coder.calls))
            with lives(real):
                time.sleep(Clocks().lease_s)  # the heir may judge others once it has lived for a lease
                victim.get(how)
                stopped, calls = time.monotonic(), len(coder.calls)
                took = until(lambda: len(coder.calls) > calls)
                until(lambda: ended(database, task_id))
                if how == signal.SIGSTOP:
                    until(lambda: time.monotonic() - stopped > STOPPED_S)
                    victim.get(signal.SIGCONT)
                    assert victim.ask("look", [task_id]) == [Status.COMPLETED]
                    time.sleep(1.0)  # the zombie finds out that it lost
            customer.visit(door)
            assert violations(life, customer, *servers, coder, others=True) == []
            assert took < 15 + 3 * usual  # a busy machine is slow in everything


def test_one_thought_dead_writes_nothing_more(life: Life, servers: Servers) -> None:
    with FakeVllm(slowly) as coder, closing(open_database(life.database_url)) as database:
        held = replace(life, vllm=coder.base)
        with lives(held) as (zombie,):
            customer, task_id = ordered(zombie)
            until(lambda: bool(coder.calls))
            zombie.get(signal.SIGSTOP)
            with lives(held):
                until(lambda: ended(database, task_id))
                told = database.read_now(lambda c: events.page(c, task_id, after=0, limit=1000))
                zombie.get(signal.SIGCONT)
                assert zombie.ask("look", [task_id]) == [Status.COMPLETED]
                time.sleep(2.0)
                after = database.read_now(lambda c: events.page(c, task_id, after=0, limit=1000))
            assert after == told
            customer.visit(zombie)
        assert violations(life, customer, *servers, coder) == []


def test_a_stopped_worker_hands_its_tasks_back_without_counting_a_crash(life: Life, servers: Servers) -> None:
    with FakeVllm(slowly) as coder, closing(open_database(life.database_url)) as database:
        leaving = replace(life, vllm=coder.base, clocks=replace(CLOCKS, drain_s=0.2), crash_limit=1)
        with lives(leaving) as (first,):
            customer, task_id = ordered(first)
            until(lambda: bool(coder.calls))
            first.stop()
        row = database.read_now(lambda c: tasks.standing(c, task_id))
        assert row is not None
        assert (row.launch, row.crashes, row.run_token) == (2, 0, None)
        with lives(leaving) as (second,):
            until(lambda: ended(database, task_id))
            customer.visit(second)
        assert violations(life, customer, *servers, coder) == []


@pytest.mark.slow
@pytest.mark.postgres
def test_a_database_that_restarts_under_load_makes_nobody_reap_anybody(
    postgres: Postgres, migrated_postgres: str, tmp_path: Path, servers: Servers
) -> None:
    life = life_of(tmp_path, postgres.create(migrated_postgres), servers)
    with FakeVllm(slowly) as coder:
        clocks = replace(CLOCKS, lease_s=9.0)  # longer than a busy machine lets a worker wait
        worker = replace(life, vllm=coder.base, clocks=clocks)
        with lives(worker, worker, replace(worker, worker=False)) as (*_, door):
            customer = Customer(jobs=[Job(number, "coded") for number in range(6)])
            customer.visit(door)
            until(lambda: len(coder.calls) >= 2)
            before = names(life)
            postgres.stop("immediate")
            time.sleep(clocks.lease_s * 1.3)
            postgres.start()
            with closing(open_database(life.database_url)) as database:
                for job in customer.jobs:
                    until(lambda j=job: ended(database, j.task_id))  # type: ignore[misc]
                launches = database.read_now(
                    lambda c: c.execute(select(task_table.c.launch, task_table.c.crashes)).all()
                )
            assert names(life) == before
            assert {launch for launch, _ in launches} == {1}
            for job in customer.jobs:
                job.done = True
            assert violations(life, customer, *servers, coder) == []


@pytest.mark.postgres
def test_a_worker_cut_off_from_the_database_writes_nothing_more(
    postgres: Postgres, migrated_postgres: str, tmp_path: Path, servers: Servers
) -> None:
    life = life_of(tmp_path, postgres.create(migrated_postgres), servers)
    with (
        relay("127.0.0.1", postgres.port) as cable,
        FakeVllm(slowly) as coder,
        closing(open_database(life.database_url)) as database,
    ):
        direct = replace(life, vllm=coder.base)
        through = replace(
            direct, database_url=life.database_url.replace(f":{postgres.port}", f":{cable.port}")
        )
        with lives(through) as (cut_off,):
            customer, task_id = ordered(cut_off)
            until(lambda: bool(coder.calls))
            cable.cut()
            with lives(direct) as (heir,):
                until(lambda: ended(database, task_id))
                told = database.read_now(lambda c: events.page(c, task_id, after=0, limit=1000))
                cable.mend()
                assert cut_off.ask("look", [task_id]) == [Status.COMPLETED]
                another = Job(1, "verbatim")
                customer.jobs.append(another)
                customer.visit(cut_off)
                until(lambda: ended(database, another.task_id))
                customer.visit(heir)
        assert told == database.read_now(lambda c: events.page(c, task_id, after=0, limit=1000))
        assert violations(life, customer, *servers, coder) == []


def test_what_the_engine_ended_or_forgot_is_handed_over_anew(life: Life, servers: Servers) -> None:
    schema = "" if life.database_url.startswith("sqlite") else "dbos."
    ends = (
        f"UPDATE {schema}workflow_status SET status = 'ERROR'",
        f"UPDATE {schema}workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'",
        f"DELETE FROM {schema}workflow_status",
        f"UPDATE {schema}workflow_status SET application_version = 'another than {VERSION}'",
    )
    with closing(open_database(life.database_url)) as database:
        with lives(replace(life, worker=False)) as (door,):
            customer = Customer(jobs=[Job(number, "verbatim") for number in range(len(ends))])
            customer.visit(door)
        for job, end in zip(customer.jobs, ends, strict=True):
            assert changed(database, f"{end} WHERE workflow_uuid = :id", job.task_id) == 1
        with lives(life) as (service,):
            for job in customer.jobs:
                until(lambda j=job: ended(database, j.task_id))  # type: ignore[misc]
            customer.visit(service)
    assert violations(life, customer, *servers) == []


@pytest.mark.postgres
def test_slots_at_a_model_server_hold_across_processes(
    postgres: Postgres, migrated_postgres: str, tmp_path: Path, servers: Servers
) -> None:
    life = life_of(tmp_path, postgres.create(migrated_postgres), servers, slots=2)
    _holds_slots(life)


def test_slots_hold_across_processes_on_one_machine_without_a_server(
    tmp_path: Path, servers: Servers
) -> None:
    url = f"sqlite:///{tmp_path}/jr.db"
    migrate(url)
    _holds_slots(life_of(tmp_path, url, servers, slots=2))


def _holds_slots(life: Life) -> None:
    with FakeVllm(lambda seen: replace(slowly(seen), first_s=0.2)) as coder:
        worker = replace(life, vllm=coder.base, clocks=replace(Clocks(), poll_s=0.05))
        with (
            lives(worker, worker, worker) as (door, *_),
            closing(open_database(life.database_url)) as database,
        ):
            customer = Customer(jobs=[Job(number, "coded") for number in range(6)])
            customer.visit(door)
            for job in customer.jobs:
                until(lambda j=job: ended(database, j.task_id))  # type: ignore[misc]
        assert len(coder.calls) == 12
        assert max(seen.in_flight for seen in coder.calls) == 2
