"""What can be had of a task that has ended, and what can be done to it."""

from __future__ import annotations

import asyncio
import zipfile
from io import BytesIO

import pytest

from app.domain import sha256
from app.engine.config import EngineConfig
from app.engine.errors import Refused, TaskNotFound
from app.engine.service import Tasks
from app.task import NewTask, Status
from tests.fakes.stages import Model
from tests.integration.engine.conftest import ended


async def test_revert_puts_every_file_back(tasks: Tasks, config: EngineConfig) -> None:
    folder = config.workspace / "w"
    folder.mkdir(parents=True)
    (folder / "old").write_text("before")
    task, _ = await tasks.submit(NewTask(instruction="old = after\nnew/x = 1", workspace="w"))
    with pytest.raises(Refused):
        await tasks.revert(task.id)
    assert await ended(tasks, task.id) is Status.COMPLETED
    assert (folder / "old").read_text() == "after"
    reverted = await tasks.revert(task.id)
    assert reverted.status is Status.COMPLETED
    assert (folder / "old").read_text() == "before"
    assert not (folder / "new").exists()
    assert (await tasks.events(task.id))[-1].type == "task.reverted"
    with pytest.raises(Refused, match="no file"):
        await tasks.revert(task.id)


async def test_revert_is_refused_where_a_file_has_changed_since(tasks: Tasks, config: EngineConfig) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a = 1\nb = 2", workspace="w"))
    await ended(tasks, task.id)
    (config.workspace / "w" / "b").write_text("mine")
    with pytest.raises(Refused) as refused:
        await tasks.revert(task.id)
    assert (refused.value.code, refused.value.paths) == ("conflict", ("b",))
    assert (config.workspace / "w" / "a").read_text() == "1"


async def test_files_diff_and_archive_come_from_the_database(tasks: Tasks, config: EngineConfig) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a.py", workspace="w"))
    await ended(tasks, task.id)
    (config.workspace / "w" / "a.py").unlink()
    record, data = await tasks.file(task.id, "a.py")
    assert (sha256(data), data) == (record.sha256, b"made by step-1.1\n")
    assert "+made by step-1.1" in await tasks.diff(task.id)
    with zipfile.ZipFile(BytesIO(await tasks.archive(task.id))) as archive:
        assert archive.read("a.py") == data
    with pytest.raises(TaskNotFound):
        await tasks.file(task.id, "b.py")
    info = (await tasks.get(task.id)).artifacts[0]
    assert (await tasks.artifact(task.id, info.id))[0] == info
    with pytest.raises(TaskNotFound):
        await tasks.artifact(task.id, "nothing")


async def test_a_deleted_task_is_gone_with_all_it_had(tasks: Tasks, model: Model) -> None:
    model.hold = frozenset({"step-1.1"})
    task, _ = await tasks.submit(NewTask(instruction="a.py"), idempotency_key="k")
    await asyncio.wait_for(model.started.wait(), 10)
    with pytest.raises(Refused):
        await tasks.delete(task.id)
    await tasks.cancel(task.id)
    await tasks.delete(task.id)
    for looked in (tasks.get(task.id), tasks.events(task.id), tasks.diff(task.id)):
        with pytest.raises(TaskNotFound):
            await looked
    other, replayed = await tasks.submit(NewTask(instruction="a.py"), idempotency_key="k")
    assert (other.id != task.id, replayed) == (True, False)
    await tasks.cancel(other.id)


async def test_a_deleted_task_is_forgotten_by_the_journal_too(tasks: Tasks, config: EngineConfig) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a = 1"))
    await ended(tasks, task.id)
    await tasks.revert(task.id)
    assert any(path.name.startswith(task.id) for path in config.journal.iterdir())
    await tasks.delete(task.id)
    assert not any(path.name.startswith(task.id) for path in config.journal.iterdir())
