"""A worker whose network loses every packet, to the database alone or to everything: real namespaces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.config import Clocks
from app.engine.runtime import migrate
from app.store import events, tasks
from app.store.session import Database, open_database
from app.task import Event, Status
from tests.crash.harness import Job, life_of
from tests.crash.invariants import violations
from tests.crash.several import ended, hanging, lives, ordered, settled, until
from tests.crash.stand_ins import plan_for
from tests.fakes.network import NamespacesMissing, Network, network
from tests.fakes.ollama import FakeOllama
from tests.fakes.postgres import Postgres, PostgresMissing, running_postgres
from tests.fakes.vllm import FakeVllm

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LOST_S = 30.0


@pytest.fixture(scope="module")
def apart() -> Iterator[Network]:
    """A namespace with a cable to the database and one to the model servers."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(network(2))
        except NamespacesMissing as missing:
            pytest.skip(f"no network namespaces here: {missing}")
        yield opened


@pytest.fixture
def postgres(apart: Network) -> Iterator[Postgres]:
    """One that listens on both sides."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(running_postgres(also=apart.cables[0].address))
        except PostgresMissing as missing:
            pytest.skip(f"no PostgreSQL here: {missing}")


@pytest.mark.parametrize("lost", [pytest.param(1, id="the database"), pytest.param(2, id="everything")])
def test_a_worker_that_loses_its_network_is_taken_over_in_time_and_writes_nothing_more(
    apart: Network, postgres: Postgres, tmp_path: Path, lost: int
) -> None:
    to_database, to_models = apart.cables
    url, clocks = postgres.url(), Clocks()
    migrate(url)
    with (
        FakeOllama(plan_for, host=to_models.address) as pm,
        FakeVllm(hanging(2), host=to_models.address) as coder,
        closing(open_database(url)) as database,
    ):
        life = life_of(tmp_path, url, (pm, coder), clocks=clocks)
        there = replace(life, network=apart.path, database_url=url.replace("127.0.0.1", to_database.address))
        with lives(there, replace(life, worker=False)) as (cut_off, door):
            usual = until(lambda: settled(door, Job(1, "verbatim")))
            customer, task_id = ordered(door)
            until(lambda: bool(coder.calls))
            with lives(life):
                time.sleep(clocks.lease_s)  # the heir may judge others once it has lived for a lease
                for cable in apart.cables[:lost]:
                    cable.pull()
                pulled = time.monotonic()
                took = until(lambda: _launch(database, task_id) == 2)
                until(lambda: ended(database, task_id))
                told = _told(database, task_id)
                until(lambda: time.monotonic() - pulled > LOST_S)
                for cable in apart.cables:
                    cable.plug()
                assert cut_off.ask("look", [task_id]) == [Status.COMPLETED]
            customer.jobs.append(Job(2, "coded"))
            customer.settle(cut_off)  # alone again, it works as before
        assert told == _told(database, task_id)
        assert violations(life, customer, pm, coder, others=True) == []
        assert took < 15 + 3 * usual  # a busy machine is slow in everything


def _launch(database: Database, task_id: str) -> int:
    """How often the task was handed to a worker."""
    standing = database.read_now(lambda c: tasks.standing(c, task_id))
    assert standing is not None
    return standing.launch


def _told(database: Database, task_id: str) -> tuple[Event, ...]:
    return database.read_now(lambda c: events.page(c, task_id, after=0, limit=1000))
