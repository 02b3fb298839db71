"""Waiters are woken by changes, runs stopped by the loss of their token; nobody looks for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, update

from app.engine.watch import Stop, Watch
from app.pipeline.completion import settle_failed
from app.store import runs, tasks
from app.store.runs import Claim
from app.store.session import Database, open_database
from app.store.tables import metadata
from app.store.tables import tasks as task_table
from app.task import NewTask

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    with closing(open_database(f"sqlite:///{tmp_path}/jr.db")) as database:
        metadata.create_all(database.engine)
        database.write_now(
            lambda c: tasks.create(c, "t", NewTask(instruction="x"), title="", workspace="", turn=0, at=NOW)
        )
        watch = Watch(database, every_s=0.02)
        async with watch.looking():
            yield watch


def claimed(database: Database, token: str) -> Claim:
    claim = database.write_now(
        lambda c: runs.claim(c, "t", launch=1, token=token, crash_limit=9, settle=settle_failed, at=NOW)
    )
    assert claim is not None
    return claim


async def test_a_waiter_is_woken_by_a_change_of_this_process(watch: Watch) -> None:
    with watch.waiting("t") as changed:
        await asyncio.wait_for(changed.wait(), 5)  # the first look is a change
        changed.clear()
        watch.changed("t")
        assert changed.is_set()
        watch.changed("another")


async def test_a_waiter_is_woken_by_a_change_of_another_process(watch: Watch) -> None:
    with watch.waiting("t") as changed:
        await asyncio.wait_for(changed.wait(), 5)
        changed.clear()
        watch.database.write_now(lambda c: c.execute(update(task_table).values(version=99)))
        await asyncio.wait_for(changed.wait(), 5)


async def test_a_waiter_is_woken_when_the_task_is_deleted(watch: Watch) -> None:
    with watch.waiting("t") as changed:
        await asyncio.wait_for(changed.wait(), 5)
        changed.clear()
        watch.database.write_now(lambda c: tasks.forget(c, "t"))
        await asyncio.wait_for(changed.wait(), 5)


async def test_a_run_stops_when_another_has_its_task(watch: Watch) -> None:
    claim = claimed(watch.database, "one")
    with watch.guarding(claim) as stop:
        assert watch.running == 1
        await asyncio.sleep(0.1)
        assert not stop.done()
        claimed(watch.database, "two")
        assert await asyncio.wait_for(stop, 5) is Stop.SUPERSEDED
    assert watch.running == 0


async def test_all_runs_can_be_told_to_stop(watch: Watch) -> None:
    with watch.guarding(claimed(watch.database, "one")) as stop:
        watch.stop_all(Stop.HAND_BACK)
        watch.stop_all(Stop.SUPERSEDED)
        assert await stop is Stop.HAND_BACK


async def test_nobody_asks_the_database_while_nobody_waits(watch: Watch) -> None:
    asked: list[str] = []
    event.listen(watch.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    await asyncio.sleep(0.2)
    assert asked == []
