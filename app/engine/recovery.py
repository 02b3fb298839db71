"""What dead workers left behind: found by leases and by the engine's own table, and handed over anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.engine.lease import Lease
from app.engine.queue import Queue, workflow_id
from app.store import leases
from app.store.session import Database
from app.trigger import point

log = structlog.get_logger(__name__)

_AT_ONCE = 500
_KEPT_S = 3_600

# A task that has not ended, and whose hand-over will come to nothing: the engine has ended or forgotten it,
# or the worker that has it (or last had it, in another version) holds no lease.
_STRANDED = """
SELECT t.id, t.launch FROM tasks t
LEFT JOIN {schema}workflow_status w
  ON w.workflow_uuid = t.id || CASE WHEN t.launch = 1 THEN '' ELSE '.' || CAST(t.launch AS TEXT) END
WHERE t.status IN ('queued', 'in_progress')
  AND (w.workflow_uuid IS NULL
       OR w.status NOT IN ('ENQUEUED', 'PENDING', 'DELAYED')
       OR ((w.status = 'PENDING' OR w.application_version <> :version)
           AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.executor = w.executor_id)))
"""

# A hand-over that was replaced. The worker may still come back and end it in peace, for a while.
_ABANDONED = """
SELECT w.workflow_uuid FROM {schema}workflow_status w
WHERE w.status = 'PENDING' AND w.updated_at < :before
  AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.executor = w.executor_id)
LIMIT :most
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Looks after other workers' tasks.

    Several at once do no harm: a hand-over names the launch it replaces, so that only one replaces it.
    `hands` are threads for the engine's own calls.
    """

    database: Database
    queue: Queue
    lease: Lease
    hands: Executor
    version: str

    async def reap_on(self, every_s: float) -> None:
        """Takes over from the dead, for ever."""
        while True:
            await asyncio.sleep(every_s)
            if self.lease.may_judge():
                await _outlasting(self.reap)

    async def sweep_on(self, every_s: float) -> None:
        """Hands stranded tasks over anew, stands by for new ones, and forgets what has ended, for ever."""
        while True:
            await asyncio.sleep(every_s)
            for duty in (self.sweep, self.stand_by, self.forget):
                await _outlasting(duty)

    async def reap(self) -> None:
        """Drops the leases that ran out and takes over what their holders had."""
        own = self.lease.executor
        dead = await self.database.write(lambda c: leases.drop_expired(c, asker=own))
        if dead:
            point("recovery.leases_dropped")
            log.warning("took workers for dead", executors=list(dead))
            await self.sweep()

    async def sweep(self) -> None:
        names = await self.database.write(self._relaunch_stranded)
        if names:
            point("recovery.handed_over")
            log.warning("handed stranded tasks over anew", workflows=names)

    async def stand_by(self) -> None:
        """Lets workers of this version take new tasks, should those of the version that does be gone."""
        await asyncio.get_running_loop().run_in_executor(self.hands, self.queue.offer, self.version)

    async def forget(self) -> None:
        """Lets the engine forget what has ended, and what dead workers left an hour ago."""
        abandoned = await self.database.read(self._abandoned)
        await asyncio.get_running_loop().run_in_executor(self.hands, self._forget, abandoned)

    def _relaunch_stranded(self, connection: Connection) -> list[str]:
        """The engine's names of the hand-overs that were replaced."""
        query = text(_STRANDED.format(schema=self._schema))
        rows = connection.execute(query, {"version": self.version}).all()
        return [
            workflow_id(task_id, launch)
            for task_id, launch in rows
            if self.queue.relaunch(connection, task_id, launch)
        ]

    def _abandoned(self, connection: Connection) -> list[str]:
        before_ms = int((time.time() - _KEPT_S) * 1000)
        query = text(_ABANDONED.format(schema=self._schema))
        return list(connection.execute(query, {"before": before_ms, "most": _AT_ONCE}).scalars())

    def _forget(self, names: list[str]) -> None:
        ended = self.queue.client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"], limit=_AT_ONCE, load_input=False, load_output=False
        )
        names = [*names, *(workflow.workflow_id for workflow in ended)]
        if names:
            self.queue.client.delete_workflows(names)
            point("recovery.forgotten")

    @property
    def _schema(self) -> str:
        return "" if self.database.is_sqlite else "dbos."


async def _outlasting(work: Callable[[], Awaitable[None]]) -> None:
    """Does the work; a database that is away is tried again the next time."""
    try:
        await work()
    except SQLAlchemyError as error:
        log.warning("recovery has to wait for the database", error=str(error))
