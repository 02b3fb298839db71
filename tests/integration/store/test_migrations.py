"""Migrations make exactly the tables the code knows, up and down, beside the engine's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from app.engine.runtime import migrate
from app.store.migrate import at_head, downgrade, is_ours, upgrade
from app.store.session import open_database
from app.store.tables import metadata


def differences(connection: Connection) -> list[object]:
    options = {"include_name": is_ours, "compare_type": True, "target_metadata": metadata}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_migrated_tables_are_the_tables_the_code_knows(database_url: str) -> None:
    upgrade(database_url)
    with closing(open_database(database_url)) as database:
        assert database.read_now(differences) == []
        assert database.read_now(at_head)


def test_autogenerate_leaves_the_engines_tables_alone(database_url: str) -> None:
    migrate(database_url)
    with closing(open_database(database_url)) as database:
        assert database.read_now(differences) == []


def test_down_leaves_nothing_and_up_again_brings_all(database_url: str) -> None:
    upgrade(database_url)
    downgrade(database_url, "base")
    with closing(open_database(database_url)) as database:
        left = database.read_now(lambda c: set(inspect(c).get_table_names()))
        assert left <= {"alembic_version"}
        assert not database.read_now(at_head)
    upgrade(database_url)
    with closing(open_database(database_url)) as database:
        assert database.read_now(differences) == []


def test_several_who_migrate_at_once_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(migrate, database_url) for _ in range(4)]:
            done.result()
    with closing(open_database(database_url)) as database:
        assert database.read_now(at_head)
        assert database.read_now(differences) == []
