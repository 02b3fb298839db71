"""Model servers and a life on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.harness import life_of
from tests.crash.service import Life
from tests.crash.stand_ins import Servers, model_servers


@pytest.fixture
def servers() -> Iterator[Servers]:
    with model_servers() as both:
        yield both


@pytest.fixture
def life(migrated_url: str, tmp_path: Path, servers: Servers) -> Life:
    return life_of(tmp_path, migrated_url, servers)
