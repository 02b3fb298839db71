"""Whether the service can do its work now: the database takes writes, is migrated, and a worker lives."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy import Connection, update
from sqlalchemy.exc import SQLAlchemyError

from app.engine.workspace import sharing
from app.store import leases, migrate
from app.store.session import WAL_IS_SAFE, Database, journal_mode
from app.store.tables import tasks

Check = tuple[str, bool, str]


@dataclass(frozen=True, slots=True)
class Readiness:
    database: Database

    async def checks(self) -> tuple[Check, ...]:
        """(name, ok, detail) of each check."""
        try:
            await self.database.write(_writable)
            migrated, workers = await self.database.read(lambda c: (migrate.at_head(c), leases.living(c)))
        except SQLAlchemyError as error:
            return (("database", False, str(error).splitlines()[0]),)
        return (
            ("database", True, "writable"),
            ("migrations", migrated, "at head" if migrated else "run `jr migrate`"),
            ("worker", bool(workers), ", ".join(workers) or "no worker holds a lease"),
            ("workspace", True, sharing(workers)),
            ("journal", True, self._journal()),
        )

    def _journal(self) -> str:
        if not self.database.is_sqlite:
            return "PostgreSQL's own"
        safe = ".".join(map(str, WAL_IS_SAFE))
        return (
            f"SQLite {sqlite3.sqlite_version}, journal_mode={journal_mode()}, synchronous=FULL"
            f" (WAL from {safe} on, where its reset race is mended)"
        )


def _writable(connection: Connection) -> None:
    connection.execute(update(tasks).where(tasks.c.id == "").values(version=0))
