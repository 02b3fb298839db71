"""Named locks that end with the process: advisory ones in PostgreSQL, byte ranges of a file beside SQLite."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.store.session import Database

_SPREAD = 4096


class Locks(Protocol):
    """A lock is named by a group and a number below 4,096; the holder asks for each one once."""

    def take(self, group: int, number: int) -> bool:
        """Takes the lock if nobody has it."""

    def release(self, group: int, number: int) -> None: ...

    def close(self) -> None:
        """Releases all."""


def locks_beside(database: Database) -> Locks:
    """The locks that every process on this database sees."""
    if database.is_sqlite:
        return FileLocks(Path(f"{database.engine.url.database}.calls"))
    return AdvisoryLocks(database.engine)


@dataclass
class FileLocks:
    """Each lock is one byte, far beyond the end of an empty file."""

    path: Path
    _handle: int = field(default=-1, init=False)

    def __post_init__(self) -> None:
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, group: int, number: int) -> bool:
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, group * _SPREAD + number)
        except OSError:
            return False
        return True

    def release(self, group: int, number: int) -> None:
        fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, group * _SPREAD + number)

    def close(self) -> None:
        os.close(self._handle)


@dataclass
class AdvisoryLocks:
    """Locks of one session, on a connection of its own; a lost connection has lost them all."""

    engine: Engine
    _session: Connection | None = field(default=None, init=False)

    def take(self, group: int, number: int) -> bool:
        """Raises SQLAlchemyError where the database is away; the next call tries a new session."""
        return bool(self._call("pg_try_advisory_lock", group, number))

    def release(self, group: int, number: int) -> None:
        with suppress(SQLAlchemyError):
            self._call("pg_advisory_unlock", group, number)

    def close(self) -> None:
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
            self._session = None

    def _call(self, function: str, group: int, number: int) -> object:
        if self._session is None:
            self._session = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            statement = text(f"SELECT {function}(:group, :number)")
            return self._session.execute(statement, {"group": group, "number": number}).scalar()
        except SQLAlchemyError:
            self.close()
            raise
