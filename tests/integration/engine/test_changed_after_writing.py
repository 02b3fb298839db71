"""A run wrote its files and died; somebody changed one: the next run says so, the rest can be put back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import trigger
from app.domain import Content, Disposition, FileChange
from app.engine.config import EngineConfig
from app.engine.errors import Refused
from app.engine.parts import DiskWriter
from app.engine.queue import apply_name
from app.engine.service import Tasks
from app.task import Approval, ErrorCode, NewTask, Status


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    trigger.arm(None)


@pytest.mark.usefixtures("disarmed")
async def test_what_still_stands_of_an_apply_is_told_and_can_be_reverted(
    tasks: Tasks, config: EngineConfig
) -> None:
    new = NewTask(instruction="a = 1\nb = 2", workspace="w", approval=Approval.REQUIRED)
    task, _ = await tasks.submit(new)
    while task.status is not Status.AWAITING_APPROVAL:
        task = await tasks.wait(task.id, version=task.version, timeout_s=20)
    changes = [
        FileChange(path=path, before=None, after=after, content=Content.GENERATE)
        for path, after in (("a", b"1"), ("b", b"2"))
    ]
    name = apply_name(task.id, task.attempt)
    DiskWriter(config).apply(changes, workspace="w", name=name, fence=lambda: None)
    theirs = config.workspace / "w" / "b"

    def change(point: str) -> None:
        if point == "approve.stored":
            theirs.write_bytes(b"theirs")

    trigger.arm(change)
    await tasks.approve(task.id)
    while not task.status.ended:
        task = await tasks.wait(task.id, version=task.version, timeout_s=20)

    assert task.error is not None
    assert (task.status, task.error.code) == (Status.FAILED, ErrorCode.CONFLICT)
    assert task.summary == "Written, but not as it was: Changed on disk since the task wrote it: `b`"
    assert [s.disposition for s in task.progress.settlements] == [Disposition.WRITTEN, Disposition.FAILED]
    assert [file.path for file in task.files_created] == ["a"]

    with pytest.raises(Refused) as refused:
        await tasks.revert(task.id)
    assert refused.value.paths == ("b",)
    theirs.write_bytes(b"2")
    await tasks.revert(task.id)
    assert not (config.workspace / "w").exists()
