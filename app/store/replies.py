"""The checkpoint of a model call: a reply once stored is the reply, whoever asks the same again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from app.store import artifacts
from app.store.artifacts import NewArtifact
from app.store.tables import replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The natural key of a model call: its name within the attempt, and the hash of what was asked."""

    task_id: str
    attempt: int
    key: str
    request_sha256: str


def find(connection: Connection, asked: Asked) -> str | None:
    """The stored outcome, as JSON."""
    row = connection.execute(
        select(replies.c.completion).where(
            replies.c.task_id == asked.task_id,
            replies.c.attempt == asked.attempt,
            replies.c.key == asked.key,
            replies.c.request_sha256 == asked.request_sha256,
        )
    ).first()
    return None if row is None else row.completion


def store(connection: Connection, asked: Asked, completion: str, artifact: NewArtifact | None = None) -> str:
    """Stores the outcome, and its artifact if it has one, unless one is there; returns what is stored.

    The caller holds the task's row.
    """
    known = find(connection, asked)
    if known is not None:
        return known
    artifact_id = artifacts.keep(connection, asked.task_id, asked.attempt, artifact) if artifact else ""
    connection.execute(
        insert(replies).values(
            task_id=asked.task_id,
            attempt=asked.attempt,
            key=asked.key,
            request_sha256=asked.request_sha256,
            completion=completion,
            artifact_id=artifact_id,
        )
    )
    return completion
