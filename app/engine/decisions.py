"""What a caller decides about a task: cancel, approve, reject, revert, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from app.domain import FileChange
from app.engine import verdict
from app.engine.errors import Refused, TaskNotFound
from app.engine.ids import World
from app.engine.parts import Parts
from app.engine.queue import Queue, apply_name, revert_name
from app.store import events, leases, proposals, runs, tasks
from app.store.runs import Outcome
from app.store.session import Database
from app.store.tasks import Standing
from app.task import Status, Task
from app.trigger import point
from app.writer.errors import Conflict, PathRefused, WriterError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Each is one transaction; a run that is under way learns of it by the loss of its token.

    `hands` are the threads that touch the disk.
    """

    database: Database
    queue: Queue
    parts: Parts
    world: World
    hands: Executor

    async def cancel(self, task_id: str) -> bool:
        """Ends the task as cancelled, unless its files are being written (False). Raises `Refused`."""
        cancelled = await self.database.write(lambda connection: self._cancel(connection, task_id))
        point("cancel.stored")
        return cancelled

    async def approve(self, task_id: str) -> None:
        """Hands the change set over to be written; refused where the files it starts from have moved.

        Only a process that sees the workers' folder can tell; elsewhere the apply finds out, and it fails.
        """
        waiting = await self.database.read(lambda connection: _proposed(connection, task_id))
        await self._by_hand(lambda: self._compare(*waiting))
        await self.database.write(lambda connection: self._approve(connection, task_id))
        point("approve.stored")

    async def reject(self, task_id: str) -> None:
        await self.database.write(lambda connection: self._reject(connection, task_id))
        point("reject.stored")

    async def revert(self, task_id: str) -> None:
        """Puts the files back on this machine, then says so; done again after a crash it is done once."""
        task, changes = await self.database.read(lambda connection: _revertible(connection, task_id))
        await self._by_hand(lambda: self._put_back(task, changes))
        point("revert.written")
        await self.database.write(lambda connection: self._mark_reverted(connection, task))
        point("revert.stored")

    async def delete(self, task_id: str) -> None:
        """Forgets the task, then what the writer's journal has of it, on this machine."""
        attempts = await self.database.write(lambda connection: _delete(connection, task_id))
        point("delete.stored")
        try:
            await self._by_hand(lambda: self._forget(task_id, attempts))
        except WriterError as error:
            log.warning("the journal keeps a deleted task", task_id=task_id, error=str(error))

    def _cancel(self, connection: Connection, task_id: str) -> bool:
        now = _held(connection, task_id)
        if now.status is Status.CANCELLED:
            return True
        if now.status.ended:
            raise Refused("already_ended", f"the task has ended as {now.status}")
        if now.writing:
            return False
        progress = self.parts.settle_cancelled(tasks.progress_of(connection, task_id))
        outcome = Outcome(
            status=Status.CANCELLED, progress=progress, summary="Cancelled; nothing was written."
        )
        runs.end(connection, now, outcome, self.world.now())
        return True

    def _approve(self, connection: Connection, task_id: str) -> None:
        now = _waiting(connection, task_id)
        events.append(
            connection,
            task_id,
            attempt=now.attempt,
            key="approved",
            event_type="task.approved",
            at=self.world.now(),
            data={},
        )
        proposals.approve(connection, task_id, now.attempt)
        self.queue.next_launch(connection, now)

    def _reject(self, connection: Connection, task_id: str) -> None:
        now, at = _waiting(connection, task_id), self.world.now()
        error = verdict.rejected()
        events.append(
            connection,
            task_id,
            attempt=now.attempt,
            key="rejected",
            event_type="task.rejected",
            at=at,
            data={},
        )
        progress = self.parts.settle_failed(tasks.progress_of(connection, task_id), error)
        runs.end(connection, now, verdict.failed(error, progress, "Rejected; nothing was written."), at)

    def _mark_reverted(self, connection: Connection, task: Task) -> None:
        _held(connection, task.id)
        tasks.mark_reverted(connection, task, at=self.world.now())

    def _put_back(self, task: Task, changes: tuple[FileChange, ...]) -> None:
        name = apply_name(task.id, task.attempt)
        self.parts.writer.revert(changes, workspace=task.workspace, name=revert_name(name), applied_as=name)

    def _forget(self, task_id: str, attempts: int) -> None:
        for attempt in range(1, attempts + 1):
            name = apply_name(task_id, attempt)
            self.parts.writer.forget(name)
            self.parts.writer.forget(revert_name(name))

    def _compare(self, workspace: str, changes: tuple[FileChange, ...], folders: tuple[str, ...]) -> None:
        if self.parts.writer.mark() in folders:
            self.parts.writer.compare(changes, workspace=workspace)

    async def _by_hand(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self.hands, work)
        except Conflict as error:
            raise Refused("conflict", str(error), error.paths) from error
        except PathRefused as error:
            raise Refused("path_refused", str(error), (error.path,) if error.path else ()) from error
        except WriterError as error:
            raise Refused("write_failed", str(error)) from error


def _proposed(connection: Connection, task_id: str) -> tuple[str, tuple[FileChange, ...], tuple[str, ...]]:
    """The waiting task's workspace, its change set, and the marks of the folders that workers write to."""
    task = tasks.get(connection, task_id)
    if task is None:
        raise TaskNotFound("this task")
    _refuse_unless_waiting(task.status)
    changes = proposals.change_set(connection, task_id, task.attempt)
    return task.workspace, changes, tuple(leases.living(connection).values())


def _revertible(connection: Connection, task_id: str) -> tuple[Task, tuple[FileChange, ...]]:
    task = tasks.get(connection, task_id)
    if task is None:
        raise TaskNotFound("this task")
    if not task.status.ended:
        raise Refused("not_ended", "the task has not ended yet")
    changes = proposals.applied(connection, task_id)
    if not changes or tasks.is_reverted(connection, task_id):
        raise Refused("nothing_to_revert", "no file of this task is on disk")
    return task, tuple(change for change in changes if change.before != change.after)


def _delete(connection: Connection, task_id: str) -> int:
    """How many attempts the task had.

    What the engine remembers of it is swept away later, with that of every task that has ended.
    """
    now = _held(connection, task_id)
    if not now.status.ended:
        raise Refused("not_ended", "a task is deleted once it has ended; cancel it first")
    tasks.forget(connection, task_id)
    return now.attempt


def _held(connection: Connection, task_id: str) -> Standing:
    now = tasks.standing(connection, task_id, lock=True)
    if now is None:
        raise TaskNotFound("this task")
    return now


def _waiting(connection: Connection, task_id: str) -> Standing:
    now = _held(connection, task_id)
    _refuse_unless_waiting(now.status)
    return now


def _refuse_unless_waiting(status: Status) -> None:
    if status is not Status.AWAITING_APPROVAL:
        raise Refused("not_awaiting_approval", f"nothing waits for approval: the task is {status}")
