"""Migrations: brings a database to this code's tables, one migrator at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

from app.store.session import driver_url, sqlite_engine
from app.store.tables import metadata

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
ADVISORY_LOCK = 7_205_759_403_792_793


def upgrade(url: str, revision: str = "head") -> None:
    """Applies what is missing up to `revision`; does nothing where nothing is. Raises SQLAlchemyError."""
    with _engine(url) as engine, _alone(engine), engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Takes migrations back down to `revision`; `base` leaves none."""
    with _engine(url) as engine, _alone(engine), engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def at_head(connection: Connection) -> bool:
    """Whether the database has exactly this code's tables."""
    return MigrationContext.configure(connection).get_current_revision() == _script().get_current_head()


def is_ours(name: str | None, kind: str, _parents: Any = None) -> bool:
    """Keeps autogenerate off tables that are not this project's, the durable engine's above all."""
    return kind != "table" or name in metadata.tables


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    parsed = driver_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = sqlite_engine(parsed) if sqlite else create_engine(parsed)
    try:
        yield engine.execution_options(immediate=True)
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Holds the one migrator's lock: a locked file beside SQLite's, an advisory lock in PostgreSQL."""
    if engine.dialect.name == "sqlite":
        with Path(f"{engine.url.database}.migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
