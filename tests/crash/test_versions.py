"""Code of several versions over one database: whatever one left behind, the other takes up."""

from __future__ import annotations

from dataclasses import replace

from app.task import Status
from tests.crash.harness import Customer, Service
from tests.crash.invariants import violations
from tests.crash.service import Life
from tests.crash.several import lives, until
from tests.crash.stand_ins import Servers


def test_what_a_killed_worker_had_begun_is_done_by_the_next_version(life: Life, servers: Servers) -> None:
    customer = Customer()
    for point in ("run.claimed", "model.stored", "apply.begun"):
        service = Service(replace(life, die_at=point))
        service.up()
        customer.new_job("coded")
        customer.visit(service)
        until(lambda s=service: not s.alive())  # type: ignore[misc]
    with lives(replace(life, version="2")) as (newer,):
        customer.settle(newer)
    assert violations(life, customer, *servers) == []


def test_a_version_that_was_rolled_back_leaves_new_tasks_to_the_one_before(life: Life) -> None:
    for version in ("1", "2"):
        with lives(replace(life, version=version)) as (service,):
            service.stop()
    with lives(replace(life, worker=False, version="2")) as (door,):
        customer = Customer()
        customer.new_job("verbatim")
        customer.visit(door)
        with lives(replace(life, version="1")):
            customer.settle(door)


def test_versions_side_by_side_take_tasks_whichever_of_them_leaves(life: Life) -> None:
    older, newer = replace(life, version="1"), replace(life, version="2")
    with lives(older, newer, replace(life, worker=False)) as (first, second, door):
        customer = Customer()
        customer.new_job("verbatim")
        customer.settle(door)
        with lives(older) as (last,):
            last.stop()  # it was the last to start, and so the one that new tasks went to
        first.stop()
        customer.new_job("verbatim")
        customer.settle(door)
        assert second.ask("look", [job.task_id for job in customer.jobs]) == [Status.COMPLETED] * 2
