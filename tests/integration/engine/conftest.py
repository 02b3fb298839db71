"""An open engine with small stages, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.config import Clocks, EngineConfig
from app.engine.parts import DiskWriter, Parts
from app.engine.runtime import open_engine, open_store
from app.engine.service import Tasks
from app.task import Status
from tests.fakes.stages import Model, propose

Open = Callable[..., AbstractAsyncContextManager[Tasks]]


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def config(migrated_url: str, tmp_path: Path) -> EngineConfig:
    return EngineConfig(
        database_url=migrated_url,
        workspace=tmp_path / "workspace",
        clocks=Clocks(
            poll_s=0.05, watch_s=0.05, lease_s=3.0, renew_s=0.5, reap_s=0.2, sweep_s=0.5, drain_s=2.0
        ),
    )


@pytest.fixture
def opened(config: EngineConfig, model: Model) -> Open:
    """Opens the engine; keywords change the configuration."""

    @asynccontextmanager
    async def opening(**changes: object) -> AsyncIterator[Tasks]:
        chosen = replace(config, **changes)  # type: ignore[arg-type]
        parts = Parts(writer=DiskWriter(chosen), propose=propose)
        async with (
            open_store(chosen.database_url) as database,
            open_engine(chosen, database, ask=model, parts=parts) as engine,
        ):
            yield engine.tasks

    return opening


@pytest.fixture
async def tasks(opened: Open) -> AsyncIterator[Tasks]:
    async with opened() as running:
        yield running


async def ended(tasks: Tasks, task_id: str) -> Status:
    return (await tasks.wait(task_id, timeout_s=15)).status
