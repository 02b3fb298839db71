"""The ground that the writer's tests stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.writer.ground import Ground


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "workspace", tmp_path / "journal")
