"""The tables: what a task is, what happened to it, and every byte it made or was answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds since 1970: alike, exact and sortable everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _task_id(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "task_id",
        String(64),
        ForeignKey("tasks.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


tasks = Table(
    "tasks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("caller", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    # The place in the round between callers, see `app.store.queue`.
    Column("turn", Integer, nullable=False),
    # Counts the times the task was handed to the engine; names the engine's workflow.
    Column("launch", Integer, nullable=False),
    # The run that may write; NULL while none runs. Every write of a run has it in its WHERE.
    Column("run_token", String(64)),
    # True from the moment the change set may touch the disk until the task ends.
    Column("writing", Boolean, nullable=False),
    # What the deaths of runs count since one got further; a task that kills its workers stops by it.
    Column("crashes", Integer, nullable=False),
    Column("progress", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("summary", Text),
    Column("error", Text),
    Column("reverted_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("completed_at", Moment),
    Index("ix_tasks_created_at_id", "created_at", "id"),
    Index("ix_tasks_status_created_at", "status", "created_at"),
    Index("ix_tasks_workspace_created_at", "workspace", "created_at"),
    Index(
        "ix_tasks_queued",
        "priority",
        "turn",
        "caller",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
)

# Apart from `tasks`, so that a turn of a run does not rewrite a megabyte of instruction.
inputs = Table(
    "inputs",
    metadata,
    _task_id(primary_key=True),
    Column("body", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    _task_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("task_id", "attempt", "key"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", String(64), primary_key=True),
    _task_id(),
    Column("attempt", Integer, nullable=False),
    # The order of making within a task, for listings.
    Column("number", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("task_id", "attempt", "kind", "name", "sha256"),
)

replies = Table(
    "replies",
    metadata,
    _task_id(primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("request_sha256", String(64), primary_key=True),
    Column("completion", Text, nullable=False),
    Column("artifact_id", String(64), nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    _task_id(primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("approved", Boolean, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    _task_id(primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("before_id", String(64)),
    Column("after_id", String(64)),
    # True once the set is on disk.
    Column("applied", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["task_id", "attempt"], ["proposals.task_id", "proposals.attempt"], ondelete="CASCADE"
    ),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    _task_id(),
    Column("created_at", Moment, nullable=False),
    Index("ix_idempotency_keys_task_id", "task_id"),
)

leases = Table(
    "leases",
    metadata,
    Column("executor", String(200), primary_key=True),
    Column("incarnation", String(64), nullable=False),
    # The mark in the worker's workspace folder: who has the same one shares it.
    Column("workspace", String(64), nullable=False),
    # Milliseconds since 1970 by the database's own clock.
    Column("expires_ms", BigInteger, nullable=False),
)

token_ratios = Table(
    "token_ratios",
    metadata,
    Column("model", Text, primary_key=True),
    Column("bytes_per_token", Double, nullable=False),
)
