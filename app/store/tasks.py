"""Task rows: made, read back whole, and listed newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, tuple_

from app.domain import Rung
from app.store import artifacts, events
from app.store.codec import dump, load
from app.store.members import member
from app.store.tables import Moment, inputs, tasks
from app.task import ErrorCode, FileRecord, Mode, NewTask, Progress, Stage, Status, Task, TaskError

Files = tuple[FileRecord, ...]

_FOUND = ("stage", "execution_mode", "done", "total")
_SUMMARY = [column for column in tasks.c if column.name not in {"progress", "files"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a task stands, without what it holds. `launch` numbers its hand-overs to the engine."""

    id: str
    status: Status
    attempt: int
    launch: int
    run_token: str | None
    writing: bool
    crashes: int
    version: int
    priority: int
    turn: int
    started_at: datetime | None


def create(
    connection: Connection, task_id: str, new: NewTask, *, title: str, workspace: str, turn: int, at: datetime
) -> None:
    """Stores a new task with its first event, `task.queued`."""
    connection.execute(
        insert(tasks).values(
            id=task_id,
            caller=new.caller,
            title=title,
            workspace=workspace,
            status=Status.QUEUED,
            version=0,
            last_seq=0,
            attempt=1,
            priority=new.priority,
            turn=turn,
            launch=1,
            writing=False,
            crashes=0,
            progress=dump(Progress, Progress()),
            files="[]",
            created_at=at,
            queued_at=at,
        )
    )
    connection.execute(insert(inputs).values(task_id=task_id, body=dump(NewTask, new)))
    events.append(
        connection, task_id, attempt=1, key="queued", event_type="task.queued", at=at, data={"attempt": 1}
    )


def standing(connection: Connection, task_id: str, *, lock: bool = False) -> Standing | None:
    """The task's standing; with `lock` nobody else changes it before this transaction ends."""
    query = select(*(tasks.c[name] for name in Standing.__dataclass_fields__)).where(tasks.c.id == task_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    return Standing(**{**row._asdict(), "status": Status(row.status)})


def get(connection: Connection, task_id: str) -> Task | None:
    """The whole task."""
    row = connection.execute(
        select(tasks, inputs.c.body).join(inputs, inputs.c.task_id == tasks.c.id).where(tasks.c.id == task_id)
    ).first()
    if row is None:
        return None
    return replace(
        _summary(row, load(NewTask, row.body)),
        progress=load(Progress, row.progress),
        files_created=load(Files, row.files),
        artifacts=artifacts.infos(connection, task_id),
    )


def page(
    connection: Connection,
    *,
    limit: int,
    before: tuple[datetime, str] | None,
    status: Status | None,
    workspace: str | None,
) -> tuple[Task, ...]:
    """At most `limit` summaries, newest first, older than `before` (its creation time and id)."""
    found = [member(connection, tasks.c.progress, name) for name in _FOUND]
    query = select(*_SUMMARY, *found, member(connection, inputs.c.body, "mode"))
    query = query.join(inputs, inputs.c.task_id == tasks.c.id)
    query = query.order_by(tasks.c.created_at.desc(), tasks.c.id.desc()).limit(limit)
    if before is not None:
        start = tuple_(literal(before[0], Moment), literal(before[1]))
        query = query.where(tuple_(tasks.c.created_at, tasks.c.id) < start)
    if status is not None:
        query = query.where(tasks.c.status == status)
    if workspace is not None:
        query = query.where(tasks.c.workspace == workspace)
    return tuple(_listed(row) for row in connection.execute(query))


def begin_attempt(connection: Connection, now: Standing, *, turn: int, at: datetime) -> None:
    """Opens the next attempt: nothing of the one before stays in the task's own fields."""
    attempt = now.attempt + 1
    cleared = dict.fromkeys(("summary", "error", "started_at", "completed_at", "reverted_at"))
    fresh = {"attempt": attempt, "turn": turn, "progress": dump(Progress, Progress()), "files": "[]"}
    events.append(
        connection,
        now.id,
        attempt=attempt,
        key="retried",
        event_type="task.retried",
        at=at,
        data={"attempt": attempt},
        columns={**cleared, **fresh, "queued_at": at},
    )


def mark_reverted(connection: Connection, task: Task, *, at: datetime) -> None:
    """Notes, once, that the task's files are off the disk again."""
    events.append(
        connection,
        task.id,
        attempt=task.attempt,
        key="reverted",
        event_type="task.reverted",
        at=at,
        data={},
        columns={"reverted_at": at},
    )


def is_reverted(connection: Connection, task_id: str) -> bool:
    query = select(tasks.c.reverted_at).where(tasks.c.id == task_id)
    return connection.execute(query).scalar() is not None


def progress_of(connection: Connection, task_id: str) -> Progress:
    """How far the task's attempt was when it was last told."""
    query = select(tasks.c.progress).where(tasks.c.id == task_id)
    return load(Progress, connection.execute(query).scalar_one())


def caller_of(connection: Connection, task_id: str) -> str:
    caller: str = connection.execute(select(tasks.c.caller).where(tasks.c.id == task_id)).scalar_one()
    return caller


def counts(connection: Connection) -> dict[Status, int]:
    """How many tasks there are in each status; a status without any is left out."""
    rows = connection.execute(select(tasks.c.status, func.count()).group_by(tasks.c.status))
    return {Status(status): count for status, count in rows}


def forget(connection: Connection, task_id: str) -> None:
    """Deletes the task and all that hangs on it."""
    connection.execute(delete(tasks).where(tasks.c.id == task_id))


def _summary(row: Any, new: NewTask) -> Task:
    return Task(
        id=row.id,
        version=row.version,
        status=Status(row.status),
        new=new,
        title=row.title,
        workspace=row.workspace,
        progress=Progress(),
        summary=row.summary,
        error=None if row.error is None else load(TaskError, row.error),
        attempt=row.attempt,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def _listed(row: Any) -> Task:
    new = NewTask(instruction="", mode=Mode(row.mode), priority=row.priority, caller=row.caller)
    progress = Progress(
        stage=row.stage and Stage(row.stage),
        execution_mode=row.execution_mode and Rung(row.execution_mode),
        done=int(row.done),
        total=int(row.total),
    )
    return replace(_summary(row, new), progress=progress)


def poisoned(crashes: int) -> TaskError:
    """The error of a task whose runs keep dying."""
    return TaskError(
        code=ErrorCode.INTERNAL,
        detail=f"the process that ran this task died {crashes} times without getting further",
        hint="look at the worker's memory and log, then retry",
    )
