"""A transaction is all or nothing, one writer at a time, and as durable as SQLite can make it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.store.session import Database, driver_url, journal_mode, open_database


@pytest.fixture
def database(tmp_path: Path):
    with closing(open_database(f"sqlite:///{tmp_path}/made/on/the/way/jr.db")) as opened:
        opened.write_now(lambda c: c.execute(text("CREATE TABLE t (n INTEGER)")))
        yield opened


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


async def test_what_a_transaction_raises_undoes_it(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)
    assert await database.read(numbers) == []


async def test_writers_never_meet(database: Database) -> None:
    def work(connection: Connection) -> None:
        count = len(numbers(connection))
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": count})

    await asyncio.gather(*(database.write(work) for _ in range(20)))
    assert await database.read(numbers) == list(range(20))


def test_a_write_holds_the_lock_from_its_first_look_on(database: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        numbers(connection)
        inside.set()
        go_on.wait(10)

    thread = threading.Thread(target=database.write_now, args=(slow,))
    thread.start()
    assert inside.wait(10)
    with (
        closing(sqlite3.connect(str(database.engine.url.database), timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    go_on.set()
    thread.join()


def test_every_connection_is_durable_patient_and_guards_its_references(database: Database) -> None:
    def pragmas(connection: Connection) -> dict[str, object]:
        names = ("synchronous", "busy_timeout", "foreign_keys", "journal_mode")
        return {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in names}

    assert database.read_now(pragmas) == {
        "synchronous": 2,
        "busy_timeout": 30_000,
        "foreign_keys": 1,
        "journal_mode": journal_mode().lower(),
    }


@pytest.mark.parametrize(
    ("version", "mode"),
    [((3, 40, 1), "TRUNCATE"), ((3, 51, 2), "TRUNCATE"), ((3, 51, 3), "WAL"), ((3, 53, 0), "WAL")],
)
def test_wal_is_used_only_where_its_reset_race_is_mended(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], mode: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert journal_mode() == mode


def test_old_libraries_learn_the_time_with_its_fraction(database: Database) -> None:
    now = database.read_now(lambda c: c.execute(text("SELECT unixepoch('subsec')")).scalar())
    assert isinstance(now, float)


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with (
        closing(open_database(f"sqlite:///{tmp_path}/folder")) as opened,
        pytest.raises(OperationalError),
    ):
        opened.read_now(lambda c: c.execute(text("SELECT 1")))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_gets_this_driver(scheme: str) -> None:
    try:
        url = driver_url(f"{scheme}://u:p@h/db")
    except ValueError:
        pytest.skip("SQLAlchemy does not know this spelling")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h/db"
