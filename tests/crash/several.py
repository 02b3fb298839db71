"""Services side by side, and what a test asks of them and of their database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count

from sqlalchemy import select, text

from app.store import tasks
from app.store.session import Database, open_database
from app.store.tables import leases
from app.task import Task
from tests.crash.harness import PATIENCE_S, Customer, Job, Service
from tests.crash.service import Life
from tests.crash.stand_ins import code_for
from tests.fakes.reply import Reply, Script
from tests.fakes.wire import Seen


@contextmanager
def lives(*all_lives: Life) -> Iterator[list[Service]]:
    """Services that are up; whatever is left of them at the end is killed."""
    with ExitStack() as stack:
        services = []
        for each in all_lives:
            service = Service(each)
            stack.callback(service.kill)
            services.append(service)
        for service in services:
            service.up()
        yield services


def slowly(seen: Seen) -> Reply:
    """A coder that takes its time."""
    return Reply(code_for(seen), first_s=1.5)


def until(what: Callable[[], bool], timeout_s: float = PATIENCE_S) -> float:
    """How long it took for `what` to hold, in seconds."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < timeout_s, "it never came to that"
        time.sleep(0.02)
    return time.monotonic() - start


def ordered(service: Service, number: int = 0) -> tuple[Customer, str]:
    customer = Customer(jobs=[Job(number, "coded")])
    customer.visit(service)
    return customer, customer.jobs[0].task_id


def settled(service: Service, job: Job) -> bool:
    """Orders the job and sees it through."""
    Customer(jobs=[job]).settle(service)
    return job.done


def task_of(database: Database, task_id: str) -> Task:
    task = database.read_now(lambda c: tasks.get(c, task_id))
    assert task is not None
    return task


def ended(database: Database, task_id: str) -> bool:
    return task_of(database, task_id).status.ended


def hanging(first: int) -> Script:
    """A coder whose first calls take almost as long as a caller waits for a first token."""
    asked = count(1)
    return lambda seen: Reply(code_for(seen), first_s=18.0 if next(asked) <= first else 0.0)


def changed(database: Database, statement: str, task_id: str) -> int:
    """How many rows the statement changed."""
    return database.write_now(lambda c: c.execute(text(statement), {"id": task_id}).rowcount)


def names(life: Life) -> set[tuple[str, str]]:
    with closing(open_database(life.database_url)) as database:
        rows = database.read_now(lambda c: c.execute(select(leases.c.executor, leases.c.incarnation)).all())
        return {(executor, incarnation) for executor, incarnation in rows}
