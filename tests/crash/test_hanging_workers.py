"""A worker that stops in the midst of things, holding whatever it holds: its tasks go on without it."""

from __future__ import annotations

import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.store.session import open_database
from app.task import Stage
from tests.crash.harness import life_of
from tests.crash.invariants import violations
from tests.crash.service import Life
from tests.crash.several import ended, lives, ordered, slowly, task_of, until
from tests.crash.stand_ins import Servers
from tests.fakes.postgres import Postgres
from tests.fakes.vllm import FakeVllm

pytestmark = pytest.mark.postgres


@pytest.fixture
def life(postgres: Postgres, migrated_postgres: str, tmp_path: Path, servers: Servers) -> Life:
    """Alone with one slot at each model server."""
    return life_of(tmp_path, postgres.create(migrated_postgres), servers, slots=1)


@pytest.mark.parametrize(
    ("point", "passed"),
    [
        pytest.param("run.held", 3, id="with the task's row locked"),
        pytest.param("lease.written", 3, id="with its own lease locked"),
        pytest.param("never", 1, id="with the only slot at a model server"),
    ],
)
def test_what_a_stopped_worker_holds_is_taken_from_it(
    life: Life, servers: Servers, point: str, passed: int
) -> None:
    with FakeVllm(slowly) as coder, closing(open_database(life.database_url)) as database:
        slow = replace(life, vllm=coder.base)
        stopping = replace(slow, die_at=point, die_after=passed, die_by=signal.SIGSTOP)
        with lives(replace(slow, worker=False)) as (door,):
            customer, task_id = ordered(door)
            with lives(stopping) as (victim,):
                until(lambda: victim.stopped() or bool(coder.calls))
                victim.get(signal.SIGSTOP)
                with lives(slow):
                    until(lambda: ended(database, task_id))
                    victim.get(signal.SIGCONT)
                    assert victim.ask("look", [task_id])
            customer.visit(door)
        assert violations(life, customer, *servers, coder) == []


@pytest.mark.parametrize("then", [signal.SIGCONT, signal.SIGKILL])
def test_who_stops_while_it_writes_holds_up_the_workspace_until_it_goes_on_or_dies(
    life: Life, servers: Servers, then: int
) -> None:
    stopping = replace(life, die_at="apply.fence", die_by=signal.SIGSTOP)
    with closing(open_database(life.database_url)) as database, lives(replace(life, worker=False)) as (door,):
        customer, task_id = ordered(door)
        with lives(stopping) as (victim,):
            until(victim.stopped)
            before = task_of(database, task_id)
            with lives(replace(life, worker=False)):
                victim.get(then)
        with lives(life):
            until(lambda: ended(database, task_id))
        customer.visit(door)
    assert before.progress.stage is Stage.WRITING
    assert violations(life, customer, *servers) == []
