"""The database: safe settings and the store's own threads; a transaction is a plain function."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL

T = TypeVar("T")

WAL_IS_SAFE = (3, 51, 3)
BUSY_MS = 30_000
READERS = 4
# Connections for those who do not go through the store's threads: the lease must never wait for one.
_OTHERS = 8
# A network that swallows packets is noticed within about ten seconds, not within a quarter of an hour.
_PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 10_000}
_KEEPALIVES = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
# The same on the server's side: what a machine that is gone has locked is free again soon.
_SERVER_OPTIONS = (
    *(f"-c tcp_{name}={value}" for name, value in _KEEPALIVES.items()),
    "-c tcp_user_timeout=10000",
    "-c idle_in_transaction_session_timeout=30000",
)


@dataclass(frozen=True, slots=True)
class Database:
    """One database and the threads that speak to it: one writer on SQLite, a small pool on PostgreSQL.

    `session` is what PostgreSQL knows this process's connections by.
    """

    engine: Engine
    writers: ThreadPoolExecutor
    readers: ThreadPoolExecutor
    session: str

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one transaction that holds the write lock from its first statement on."""
        return await asyncio.get_running_loop().run_in_executor(self.writers, self.write_now, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one consistent snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, self.read_now, work)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write`, on the calling thread."""
        with self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            return work(connection)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """`read`, on the calling thread."""
        with self.engine.connect() as connection, connection.begin():
            return work(connection)

    def close(self) -> None:
        """Waits for what runs, then closes every connection."""
        self.writers.shutdown()
        if self.readers is not self.writers:
            self.readers.shutdown()
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Opens `sqlite:///…` or `postgresql://…`; creates the SQLite file's folder. Raises SQLAlchemyError."""
    parsed, session = driver_url(url), f"jr-{uuid4().hex}"
    if parsed.get_backend_name() == "sqlite":
        engine = sqlite_engine(parsed)
        writer, readers = ThreadPoolExecutor(1, "store-writer"), ThreadPoolExecutor(READERS, "store-reader")
        return Database(engine, writer, readers, session)
    engine = create_engine(
        parsed,
        pool_size=READERS * 2,
        max_overflow=_OTHERS,
        pool_pre_ping=True,
        connect_args=postgres_settings(parsed, session),
    )
    pool = ThreadPoolExecutor(READERS * 2, "store")
    return Database(engine, pool, pool, session)


def postgres_settings(url: URL, session: str) -> dict[str, str | int]:
    """How to connect to PostgreSQL: named, and with an end to waiting on either side."""
    given = url.query.get("options", "")
    options = " ".join([*([given] if isinstance(given, str) else given), *_SERVER_OPTIONS])
    return {**_PATIENCE, **_KEEPALIVES, "application_name": session, "options": options}


def driver_url(url: str) -> URL:
    """The URL with the driver this project uses: psycopg 3 for every spelling of PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def sqlite_engine(url: URL, *, implicit_immediate: bool = False) -> Engine:
    """An engine whose every connection is durable, patient and safe from the WAL-reset race.

    A transaction begins explicitly, with the write lock where the option `immediate` is set; with
    `implicit_immediate` the driver begins it before the first change, as the durable engine expects.
    """
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE" if implicit_immediate else None
        for pragma in sqlite_pragmas():
            connection.execute(f"PRAGMA {pragma}").close()
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", -1, _unixepoch)

    if not implicit_immediate:
        event.listen(engine, "begin", _begin)
    return engine


def sqlite_pragmas() -> tuple[str, ...]:
    """WAL only where its reset race is mended (3.51.3); before, a rollback journal loses nothing."""
    return (
        f"busy_timeout={BUSY_MS}",
        f"journal_mode={journal_mode()}",
        "synchronous=FULL",
        "foreign_keys=ON",
    )


def journal_mode() -> str:
    return "WAL" if sqlite3.sqlite_version_info >= WAL_IS_SAFE else "TRUNCATE"


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _unixepoch(*modifiers: str) -> float | int:
    """SQLite's own function for libraries that lack `subsec` or all of it; only "now" is ever asked."""
    return time.time() if "subsec" in modifiers else int(time.time())
