"""How a task ends that cannot succeed: by a defect, by its deadline, by a path nobody may write."""

from __future__ import annotations

import pytest

from app.engine.config import EngineConfig
from app.engine.service import Tasks
from app.task import ErrorCode, NewTask, Status
from tests.fakes.stages import Model
from tests.integration.engine.conftest import Open


async def test_a_defect_of_ours_is_a_failed_task_with_what_was_known(tasks: Tasks) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a.py\ndefect"))
    failed = await tasks.wait(task.id, timeout_s=15)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.FAILED, ErrorCode.INTERNAL)
    assert len(failed.progress.steps) == 1


async def test_a_defect_of_the_writer_is_a_failed_task_at_once(
    opened: Open, config: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("what nobody thought of")

    monkeypatch.setattr("app.writer.apply.swap", broken)
    async with opened() as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a = 1"))
        failed = await tasks.wait(task.id, timeout_s=15)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.FAILED, ErrorCode.INTERNAL)
    assert "what nobody thought of" in failed.error.detail
    assert not [path for path in config.workspace.glob("*/*") if not path.parent.name.startswith(".")]


async def test_a_task_that_outlives_its_deadline_fails(tasks: Tasks, model: Model) -> None:
    model.hold = frozenset({"step-1.1"})
    task, _ = await tasks.submit(NewTask(instruction="a.py", deadline_s=1))
    failed = await tasks.wait(task.id, timeout_s=15)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.FAILED, ErrorCode.BACKEND_UNAVAILABLE)
    assert model.cancelled == 1


async def test_a_deadline_is_never_later_than_the_service_s_own(opened: Open, model: Model) -> None:
    model.hold = frozenset({"step-1.1"})
    async with opened(task_timeout_s=0.5) as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py", deadline_s=86_400))
        failed = await tasks.wait(task.id, timeout_s=60)
    assert failed.error is not None
    assert (failed.status, "0.5 seconds" in failed.error.detail) == (Status.FAILED, True)


async def test_a_path_outside_is_a_failed_task(tasks: Tasks) -> None:
    task, _ = await tasks.submit(NewTask(instruction="fine = 1\n/etc/x = 1"))
    failed = await tasks.wait(task.id, timeout_s=15)
    assert failed.status is Status.FAILED
    assert failed.files_created == ()
