"""Callers take turns: nobody's heap delays another's first task, and a caller's own tasks stay in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from app.engine.queue import place
from app.store import queue, tasks
from app.store.session import Database, open_database
from app.store.tables import metadata
from app.store.tables import tasks as task_table
from app.task import NewTask

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{tmp_path}/jr.db")) as opened:
        metadata.create_all(opened.engine)
        yield opened


def queued(database: Database, *callers: str, priority: int = 0) -> list[str]:
    """Queues a task for each caller named, and returns the callers in the order they would be served."""

    def add(caller: str) -> None:
        def work(connection):
            number = connection.execute(select(func.count()).select_from(task_table)).scalar_one()
            turn = queue.next_turn(connection, caller=caller, priority=priority)
            new = NewTask(instruction="x", caller=caller, priority=priority)
            tasks.create(connection, f"{number:04}", new, title="", workspace="", turn=turn, at=NOW)

        database.write_now(work)

    for caller in callers:
        add(caller)
    rows = database.read_now(lambda c: c.execute(task_table.select()).all())
    return [row.caller for row in sorted(rows, key=lambda row: (place(row.priority, row.turn), row.id))]


def test_callers_take_turns(database: Database) -> None:
    assert queued(database, *"AAAAAABB") == list("ABABAAAA")


def test_a_caller_who_comes_late_is_next_but_one(database: Database) -> None:
    queued(database, *"A" * 100)
    database.write_now(
        lambda c: c.execute(update(task_table).where(task_table.c.id < "0050").values(status="completed"))
    )
    order = queued(database, "B")
    assert order.index("B") - 50 <= 1


def test_higher_priorities_go_first_whoever_asks(database: Database) -> None:
    queued(database, *"AAA")
    assert queued(database, "B", priority=10)[0] == "B"


def test_an_empty_queue_starts_anew(database: Database) -> None:
    queued(database, *"AAAA")
    database.write_now(lambda c: c.execute(update(task_table).values(status="completed")))
    assert database.read_now(lambda c: queue.next_turn(c, caller="A", priority=0)) == 0


@given(
    st.tuples(st.integers(-5, 200), st.integers(0, 10**9)),
    st.tuples(st.integers(-5, 200), st.integers(0, 10**9)),
)
def test_the_engine_is_given_the_order_in_one_number(one: tuple[int, int], two: tuple[int, int]) -> None:
    places = [place(*one), place(*two)]
    assert all(1 <= number < 2**31 for number in places)
    priorities = [min(max(priority, 0), 100) for priority, _ in (one, two)]
    if priorities[0] > priorities[1]:
        assert places[0] < places[1]
    if priorities[0] == priorities[1] and one[1] < two[1]:
        assert places[0] <= places[1]
