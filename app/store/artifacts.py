"""Artifacts: named bytes of a task; the same kind, name and bytes are kept once in an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from app.domain import sha256
from app.store.tables import artifacts, tasks
from app.task import ArtifactInfo

_INFO = (
    artifacts.c.id,
    artifacts.c.kind,
    artifacts.c.name,
    artifacts.c.media_type,
    artifacts.c.size,
    artifacts.c.sha256,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArtifact:
    """Bytes to keep. `id` is the one they get unless the attempt holds them already."""

    id: str
    kind: str
    name: str
    media_type: str
    data: bytes


def keep(connection: Connection, task_id: str, attempt: int, new: NewArtifact) -> str:
    """Keeps the bytes and returns the artifact's id. The caller holds the task's row."""
    digest = sha256(new.data)
    same = select(artifacts.c.id).where(
        artifacts.c.task_id == task_id,
        artifacts.c.attempt == attempt,
        artifacts.c.kind == new.kind,
        artifacts.c.name == new.name,
        artifacts.c.sha256 == digest,
    )
    known: str | None = connection.execute(same).scalar()
    if known is not None:
        return known
    count = select(func.count()).select_from(artifacts).where(artifacts.c.task_id == task_id)
    connection.execute(
        insert(artifacts).values(
            id=new.id,
            task_id=task_id,
            attempt=attempt,
            number=count.scalar_subquery() + 1,
            kind=new.kind,
            name=new.name,
            media_type=new.media_type,
            size=len(new.data),
            sha256=digest,
            data=new.data,
        )
    )
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(version=tasks.c.version + 1))
    return new.id


def infos(connection: Connection, task_id: str) -> tuple[ArtifactInfo, ...]:
    """What the task has, in the order of making."""
    rows = connection.execute(
        select(*_INFO).where(artifacts.c.task_id == task_id).order_by(artifacts.c.number, artifacts.c.id)
    )
    return tuple(_info(row) for row in rows)


def read(connection: Connection, task_id: str, artifact_id: str) -> tuple[ArtifactInfo, bytes] | None:
    row = connection.execute(
        select(*_INFO, artifacts.c.data).where(artifacts.c.task_id == task_id, artifacts.c.id == artifact_id)
    ).first()
    return None if row is None else (_info(row), bytes(row.data))


def latest(
    connection: Connection, task_id: str, kind: str, name: str, *, digest: str | None = None
) -> bytes | None:
    """The bytes last kept under this kind and name; with `digest`, only those that have it."""
    query = select(artifacts.c.data).where(
        artifacts.c.task_id == task_id, artifacts.c.kind == kind, artifacts.c.name == name
    )
    if digest is not None:
        query = query.where(artifacts.c.sha256 == digest)
    data = connection.execute(query.order_by(artifacts.c.number.desc()).limit(1)).scalar()
    return None if data is None else bytes(data)


def _info(row: Row[*tuple[Any, ...]]) -> ArtifactInfo:
    return ArtifactInfo(
        id=row.id, kind=row.kind, name=row.name, media_type=row.media_type, size=row.size, sha256=row.sha256
    )
