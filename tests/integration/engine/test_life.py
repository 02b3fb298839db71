"""A task's life on both databases: taken in once, run once, told in order, and seen by all."""

from __future__ import annotations

import asyncio

import pytest

from app.domain import Disposition, sha256
from app.engine.config import EngineConfig
from app.engine.errors import BadCursor, IdempotencyMismatch, QueueFull, Refused
from app.engine.service import Tasks
from app.store.events import fold
from app.task import Approval, ErrorCode, NewTask, Status, Task
from tests.fakes.stages import Model
from tests.integration.engine.conftest import Open, ended


async def waiting_for_a_person(tasks: Tasks, task_id: str) -> Task:
    async with asyncio.timeout(15):
        task = await tasks.get(task_id)
        while task.status is not Status.AWAITING_APPROVAL:
            task = await tasks.wait(task_id, version=task.version, timeout_s=10)
        return task


async def test_a_task_is_completed_with_its_files_on_disk(tasks: Tasks, config: EngineConfig) -> None:
    new = NewTask(instruction="# Two\na.py\nb/c.txt = hello", workspace="w")
    task, replayed = await tasks.submit(new)
    assert (task.status, replayed, task.title) == (Status.QUEUED, False, "Two")
    done = await tasks.wait(task.id, timeout_s=15)
    assert (done.status, done.error, done.summary) == (Status.COMPLETED, None, "proposed")
    assert [(f.path, f.action, f.size) for f in done.files_created] == [
        ("a.py", "created", 17),
        ("b/c.txt", "created", 5),
    ]
    for file in done.files_created:
        assert sha256((config.workspace / "w" / file.path).read_bytes()) == file.sha256
    assert {s.disposition for s in done.progress.settlements} == {Disposition.WRITTEN}
    assert {a.kind for a in done.artifacts} == {"model_reply", "file", "diff"}
    assert done.started_at is not None
    assert done.completed_at is not None


async def test_events_are_numbered_without_gaps_and_their_fold_is_the_status(tasks: Tasks) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a.py"))
    await ended(tasks, task.id)
    events = await tasks.events(task.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events] == [
        "task.queued",
        "task.started",
        "stage.entered",
        "model.called",
        "step.finished",
        "stage.entered",
        "task.completed",
    ]
    assert fold(event.type for event in events) is (await tasks.get(task.id)).status
    assert await tasks.events(task.id, after=2, limit=2) == events[2:4]


async def test_a_key_gives_one_task_and_another_body_is_refused(tasks: Tasks) -> None:
    new = NewTask(instruction="a = 1")
    first, _ = await tasks.submit(new, idempotency_key="k")
    again = await asyncio.gather(*(tasks.submit(new, idempotency_key="k") for _ in range(5)))
    assert {task.id for task, _ in again} == {first.id}
    assert all(replayed for _, replayed in again)
    with pytest.raises(IdempotencyMismatch):
        await tasks.submit(NewTask(instruction="a = 2"), idempotency_key="k")
    other, _ = await tasks.submit(NewTask(instruction="a = 1", caller="other"), idempotency_key="k")
    assert other.id != first.id


async def test_a_full_queue_says_when_to_come_again(opened: Open) -> None:
    async with opened(worker=False, max_queued=2) as tasks:
        for _ in range(2):
            await tasks.submit(NewTask(instruction="a = 1"))
        with pytest.raises(QueueFull) as full:
            await tasks.submit(NewTask(instruction="a = 1"))
        assert full.value.place == 3
        assert full.value.retry_after_s >= 1


async def test_cancel_closes_the_model_call_within_a_second(tasks: Tasks, model: Model) -> None:
    model.hold = frozenset({"step-1.1"})
    task, _ = await tasks.submit(NewTask(instruction="a.py"))
    await asyncio.wait_for(model.started.wait(), 10)
    cancelled = await tasks.cancel(task.id)
    assert (cancelled.status, cancelled.files_created) == (Status.CANCELLED, ())
    assert [s.disposition for s in cancelled.progress.settlements] == [Disposition.SKIPPED]
    await asyncio.wait_for(model.closed.wait(), 1)
    assert (await tasks.cancel(task.id)).status is Status.CANCELLED
    assert (await tasks.events(task.id))[-1].type == "task.cancelled"


async def test_a_queued_task_is_cancelled_where_it_stands(opened: Open, model: Model) -> None:
    async with opened(worker=False) as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py"))
        assert (await tasks.cancel(task.id)).status is Status.CANCELLED
    async with opened() as tasks:
        other, _ = await tasks.submit(NewTask(instruction="b = 1"))
        await ended(tasks, other.id)
        assert (await tasks.get(task.id)).status is Status.CANCELLED
    assert not model.asked


async def test_a_completed_task_cannot_be_cancelled_or_retried(tasks: Tasks) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a = 1"))
    await ended(tasks, task.id)
    with pytest.raises(Refused, match="ended as completed"):
        await tasks.cancel(task.id)
    with pytest.raises(Refused, match="only a failed or cancelled"):
        await tasks.retry(task.id)


async def test_a_retry_pays_only_for_what_was_not_finished(tasks: Tasks, model: Model) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a.py\nb.py\nfail"))
    first = await tasks.wait(task.id, timeout_s=15)
    assert first.error is not None
    assert (first.status, first.error.code) == (Status.FAILED, ErrorCode.NO_FILES_PRODUCED)
    again = await tasks.retry(task.id)
    assert (again.status, again.attempt, again.error) == (Status.QUEUED, 2, None)
    done = await tasks.wait(task.id, timeout_s=15)
    assert (done.status, len(done.files_created)) == (Status.COMPLETED, 2)
    assert set(model.asked.values()) == {1}
    types = [event.type for event in await tasks.events(task.id)]
    assert types.count("task.queued") == 1
    assert fold(types) is Status.COMPLETED


async def test_a_protected_file_waits_for_a_person(tasks: Tasks, config: EngineConfig) -> None:
    task, _ = await tasks.submit(NewTask(instruction="a = 1\nprotect a", workspace="w"))
    waiting = await waiting_for_a_person(tasks, task.id)
    assert waiting.progress.settlements[0].disposition is Disposition.AWAITING_APPROVAL
    assert "+1" in await tasks.diff(task.id)
    assert not (config.workspace / "w" / "a").exists()
    approved = await tasks.approve(task.id)
    assert approved.status is Status.IN_PROGRESS
    assert await ended(tasks, task.id) is Status.COMPLETED
    assert (config.workspace / "w" / "a").read_bytes() == b"1"
    with pytest.raises(Refused, match="nothing waits"):
        await tasks.approve(task.id)


async def test_a_rejected_task_has_failed_and_written_nothing(tasks: Tasks, config: EngineConfig) -> None:
    new = NewTask(instruction="a = 1", workspace="w", approval=Approval.REQUIRED)
    task, _ = await tasks.submit(new)
    await waiting_for_a_person(tasks, task.id)
    rejected = await tasks.reject(task.id)
    assert rejected.error is not None
    assert (rejected.status, rejected.error.code) == (Status.FAILED, ErrorCode.REJECTED)
    assert not (config.workspace / "w" / "a").exists()


async def test_listing_walks_by_cursor_newest_first(opened: Open) -> None:
    async with opened(worker=False) as tasks:
        made = []
        for number in range(7):
            workspace = "odd" if number % 2 else "even"
            made.append((await tasks.submit(NewTask(instruction="a = 1", workspace=workspace)))[0])
        await tasks.cancel(made[3].id)
        seen, cursor = [], None
        while True:
            page, cursor = await tasks.list(page_size=3, before=cursor)
            seen += [task.id for task in page]
            if cursor is None:
                break
        assert seen == [task.id for task in reversed(made)]
        odd, more = await tasks.list(page_size=2, workspace="odd", status=Status.QUEUED)
        assert ([task.id for task in odd], more) == ([made[5].id, made[1].id], None)
        _, cursor = await tasks.list(page_size=3)
        for filters in ({"workspace": "odd"}, {"status": Status.QUEUED}):
            with pytest.raises(BadCursor):
                await tasks.list(page_size=3, before=cursor, **filters)
        with pytest.raises(BadCursor):
            await tasks.list(page_size=3, before="nonsense")
        assert await tasks.counts() == {Status.QUEUED: 6, Status.CANCELLED: 1}


async def test_waiting_ends_with_a_change_of_another_process(
    opened: Open, tasks: Tasks, model: Model
) -> None:
    model.hold = frozenset({"step-1.1"})
    task, _ = await tasks.submit(NewTask(instruction="a.py"))
    await asyncio.wait_for(model.started.wait(), 10)
    now = await tasks.get(task.id)
    assert (await tasks.wait(task.id, version=now.version, timeout_s=0.1)).version == now.version
    waiting = asyncio.create_task(tasks.wait(task.id, version=now.version, timeout_s=10))
    async with opened(worker=False) as elsewhere:
        await elsewhere.cancel(task.id)
        assert (await asyncio.wait_for(waiting, 2)).status is Status.CANCELLED


async def test_readiness_names_what_holds(tasks: Tasks, opened: Open) -> None:
    checks = {name: ok for name, ok, _ in await tasks.readiness()}
    assert checks == dict.fromkeys(("database", "migrations", "worker", "workspace", "journal"), True)


async def test_a_process_without_a_worker_is_told_that_none_lives(opened: Open) -> None:
    async with opened(worker=False) as tasks:
        checks = {name: ok for name, ok, _ in await tasks.readiness()}
        assert [name for name, ok in checks.items() if not ok] == ["worker"]


async def test_a_process_may_close_the_engine_and_open_it_again(opened: Open) -> None:
    for _ in range(2):
        async with opened() as tasks:
            task, _ = await tasks.submit(NewTask(instruction="a = 1"))
            assert await ended(tasks, task.id) is Status.COMPLETED
    assert await asyncio.to_thread(int, "7") == 7


async def test_urgent_tasks_go_first_and_callers_take_turns(opened: Open, model: Model) -> None:
    made: dict[str, str] = {}
    async with opened(worker=False) as tasks:
        for caller, count, priority in (("a", 3, 0), ("b", 1, 0), ("urgent", 1, 50)):
            for number in range(count):
                new = NewTask(instruction="a.py", caller=caller, priority=priority)
                made[(await tasks.submit(new))[0].id] = f"{caller}{number}"
    async with opened(capacity=1) as tasks:
        for task_id in made:
            await ended(tasks, task_id)
    order = [made[task_id] for task_id, _ in model.asked]
    assert order[0] == "urgent0"
    assert order.index("b0") <= 2
    assert [name for name in order if name.startswith("a")] == ["a0", "a1", "a2"]
