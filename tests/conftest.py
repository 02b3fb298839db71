"""What every test may ask for: a PostgreSQL server of the suite's own, and both databases in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.runtime import migrate
from tests.fakes.postgres import Postgres, PostgresMissing, running_postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="thousands of kills instead of hundreds")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session; ask it for a database of your own."""
    try:
        opened = running_postgres()
        server = opened.__enter__()
    except PostgresMissing as missing:
        pytest.skip(f"no PostgreSQL here: {missing}")
    try:
        yield server
    finally:
        opened.__exit__(None, None, None)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a migrated database to make others like."""
    url = postgres.create()
    migrate(url)
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/db/jr.db"
        migrate(url)
        return url
    template: str = request.getfixturevalue("migrated_postgres")
    server: Postgres = request.getfixturevalue("postgres")
    return server.create(template)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/db/jr.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create()
