"""Leases: which worker processes live, by the database's own clock."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, literal_column, select, text, update

from app.store.tables import leases
from app.trigger import point

_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
# A process that was stopped, or is cut off, keeps its sessions and every lock they hold.
_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY(:sessions) AND usename = current_user AND datname = current_database()
"""
_POSTGRES_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


def renew(connection: Connection, executor: str, incarnation: str, *, lease_s: float) -> bool:
    """Prolongs the lease; False where it is gone: somebody took this process for dead."""
    renewed = connection.execute(
        update(leases)
        .where(leases.c.executor == executor, leases.c.incarnation == incarnation)
        .values(expires_ms=_now_ms(connection) + int(lease_s * 1000))
    )
    point("lease.written")
    return renewed.rowcount == 1


def take(connection: Connection, executor: str, incarnation: str, *, workspace: str, lease_s: float) -> None:
    """Takes the lease of this name, whoever had it: the caller knows that he is dead."""
    connection.execute(delete(leases).where(leases.c.executor == executor))
    connection.execute(
        insert(leases).values(
            executor=executor,
            incarnation=incarnation,
            workspace=workspace,
            expires_ms=_now_ms(connection) + int(lease_s * 1000),
        )
    )


def release(connection: Connection, executor: str, incarnation: str) -> None:
    """Lets the lease end now, so that what is left of this process is taken over at once."""
    connection.execute(
        update(leases)
        .where(leases.c.executor == executor, leases.c.incarnation == incarnation)
        .values(expires_ms=0)
    )


def drop_expired(connection: Connection, *, asker: str) -> tuple[str, ...]:
    """Drops others' leases that have run out and returns their names; no two askers get the same.

    What such a process has locked in the database, its own lease above all, is free before.
    """
    expired = (leases.c.expires_ms < _now_ms(connection), leases.c.executor != asker)
    dead = connection.execute(select(leases.c.incarnation).where(*expired)).scalars().all()
    if dead and connection.dialect.name != "sqlite":
        connection.execute(text(_END_SESSIONS), {"sessions": dead})
    rows = connection.execute(delete(leases).where(*expired).returning(leases.c.executor))
    return tuple(rows.scalars())


def living(connection: Connection) -> dict[str, str]:
    """The workers that live, each with the mark of its workspace."""
    rows = connection.execute(
        select(leases.c.executor, leases.c.workspace)
        .where(leases.c.expires_ms >= _now_ms(connection))
        .order_by(leases.c.executor)
    )
    return {row.executor: row.workspace for row in rows}


def _now_ms(connection: Connection) -> ColumnElement[int]:
    return literal_column(_SQLITE_NOW if connection.dialect.name == "sqlite" else _POSTGRES_NOW)
