"""Events: numbered 1..n for each task without gaps; a task's status is the fold of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.domain import JsonObject
from app.store.codec import dump_object, load_object
from app.store.tables import events, tasks
from app.task import Event, Status

STATUS_AFTER = {
    "task.queued": Status.QUEUED,
    "task.retried": Status.QUEUED,
    "task.started": Status.IN_PROGRESS,
    "task.awaiting_approval": Status.AWAITING_APPROVAL,
    "task.approved": Status.IN_PROGRESS,
    "task.completed": Status.COMPLETED,
    "task.failed": Status.FAILED,
    "task.cancelled": Status.CANCELLED,
}


def fold(types: Iterable[str]) -> Status | None:
    """The status that these event types lead to, in their order."""
    status = None
    for event_type in types:
        status = STATUS_AFTER.get(event_type, status)
    return status


def append(
    connection: Connection,
    task_id: str,
    *,
    attempt: int,
    key: str,
    event_type: str,
    at: datetime,
    data: JsonObject,
    columns: dict[str, Any] | None = None,
) -> bool:
    """Appends the event and sets `columns` of its task, status and version with them.

    False, and nothing changes, where the attempt has an event of this key already.
    """
    last = connection.execute(
        select(tasks.c.last_seq).where(tasks.c.id == task_id).with_for_update()
    ).scalar_one()
    known = select(events.c.seq).where(
        events.c.task_id == task_id, events.c.attempt == attempt, events.c.key == key
    )
    if connection.execute(known).first():
        return False
    connection.execute(
        insert(events).values(
            task_id=task_id,
            seq=last + 1,
            attempt=attempt,
            key=key,
            type=event_type,
            at=at,
            data=dump_object(data),
        )
    )
    changed: dict[str, Any] = {**(columns or {}), "last_seq": last + 1, "version": tasks.c.version + 1}
    if event_type in STATUS_AFTER:
        changed["status"] = STATUS_AFTER[event_type]
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(changed))
    return True


def page(connection: Connection, task_id: str, *, after: int, limit: int) -> tuple[Event, ...]:
    """Events with a number above `after`, in order; at most `limit`."""
    rows = connection.execute(
        select(events.c.seq, events.c.type, events.c.at, events.c.data)
        .where(events.c.task_id == task_id, events.c.seq > after)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return tuple(Event(seq=row.seq, type=row.type, at=row.at, data=load_object(row.data)) for row in rows)


def data_of(connection: Connection, task_id: str, attempt: int, event_type: str) -> tuple[JsonObject, ...]:
    """What the attempt's events of this type say, in order."""
    rows = connection.execute(
        select(events.c.data)
        .where(events.c.task_id == task_id, events.c.attempt == attempt, events.c.type == event_type)
        .order_by(events.c.seq)
    )
    return tuple(load_object(row.data) for row in rows)
