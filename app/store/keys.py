"""Idempotency keys: one task for each caller's key, kept in the task's own transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from app.store.tables import idempotency_keys as keys


def find(connection: Connection, caller: str, key: str) -> tuple[str, str] | None:
    """The task's id and the body's hash that the key was used with."""
    row = connection.execute(
        select(keys.c.task_id, keys.c.body_sha256).where(keys.c.caller == caller, keys.c.key == key)
    ).first()
    return None if row is None else (row.task_id, row.body_sha256)


def remember(
    connection: Connection, caller: str, key: str, *, body_sha256: str, task_id: str, at: datetime
) -> None:
    """Raises IntegrityError where another transaction was first with this key."""
    connection.execute(
        insert(keys).values(caller=caller, key=key, body_sha256=body_sha256, task_id=task_id, created_at=at)
    )
