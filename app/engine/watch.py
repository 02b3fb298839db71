"""Who waits for a change of a task, and which runs have lost theirs: one look for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from app.store.runs import Claim
from app.store.session import Database
from app.store.tables import tasks

_AT_ONCE = 500


class Stop(StrEnum):
    """Why a run has to stop before its end."""

    SUPERSEDED = "superseded"
    HAND_BACK = "handed_back"


class _Seen(NamedTuple):
    version: int
    run_token: str | None


class _Guard(NamedTuple):
    task_id: str
    stop: asyncio.Future[Stop]

    def halt(self, why: Stop) -> None:
        if not self.stop.done():
            self.stop.set_result(why)


@dataclass
class Watch:
    """Wakes waiters and stops runs, at once for changes of this process, within `every_s` for others'."""

    database: Database
    every_s: float
    _waiters: defaultdict[str, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    _guarded: dict[str, _Guard] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def running(self) -> int:
        """How many runs this process has."""
        return len(self._guarded)

    def changed(self, task_id: str) -> None:
        """Tells this process's waiters and runs that the task has changed."""
        self._tell_waiters(task_id)
        if any(guard.task_id == task_id for guard in self._guarded.values()):
            self._wake.set()

    @contextlib.contextmanager
    def waiting(self, task_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at every change of the task."""
        event = asyncio.Event()
        self._waiters[task_id].add(event)
        self._wake.set()
        try:
            yield event
        finally:
            self._waiters[task_id].discard(event)
            if not self._waiters[task_id]:
                del self._waiters[task_id]
                self._versions.pop(task_id, None)

    @contextlib.contextmanager
    def guarding(self, claim: Claim) -> Iterator[asyncio.Future[Stop]]:
        """A future that says when and why the run has to stop."""
        stop: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()
        self._guarded[claim.token] = _Guard(claim.task_id, stop)
        self._wake.set()
        try:
            yield stop
        finally:
            del self._guarded[claim.token]

    def stop_all(self, why: Stop) -> None:
        """Stops every run of this process."""
        for guard in self._guarded.values():
            guard.halt(why)

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Looks at the database while inside, and only while somebody waits or runs."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _look_on(self) -> None:
        while True:
            if not self._waiters and not self._guarded:
                await self._wake.wait()
            self._wake.clear()
            with contextlib.suppress(SQLAlchemyError):
                await self._look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.every_s)

    async def _look(self) -> None:
        guarded = tuple(self._guarded.items())
        ids = sorted({*self._waiters, *(guard.task_id for _, guard in guarded)})
        seen = await self.database.read(lambda connection: _states(connection, ids))
        for task_id in tuple(self._waiters):
            version = seen[task_id].version if task_id in seen else -1
            if self._versions.get(task_id) != version:
                self._versions[task_id] = version
                self._tell_waiters(task_id)
        for token, guard in guarded:
            state = seen.get(guard.task_id)
            if state is None or state.run_token != token:
                guard.halt(Stop.SUPERSEDED)

    def _tell_waiters(self, task_id: str) -> None:
        for event in self._waiters.get(task_id, ()):
            event.set()


def _states(connection: Connection, ids: list[str]) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(
            select(tasks.c.id, tasks.c.version, tasks.c.run_token).where(
                tasks.c.id.in_(ids[start : start + _AT_ONCE])
            )
        )
        found |= {row.id: _Seen(row.version, row.run_token) for row in rows}
    return found
