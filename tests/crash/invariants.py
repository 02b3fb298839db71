"""What must hold after the last kill, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from app.domain import Disposition, sha256
from app.store import events, tasks
from app.store.events import fold
from app.store.session import Database, open_database
from app.store.tables import idempotency_keys, replies
from app.store.tables import tasks as task_table
from app.task import Status, Task
from tests.crash.harness import Customer, Job
from tests.crash.service import Life
from tests.crash.stand_ins import asked_again
from tests.fakes.wire import Wire

_ENDS = ("task.completed", "task.failed", "task.cancelled")


def violations(life: Life, customer: Customer, *servers: Wire, others: bool = False) -> list[str]:
    """Everything that must hold and does not; `servers` are the stand-ins that were asked.

    With `others` there were more customers than this one.
    """
    database = open_database(life.database_url)
    try:
        return [
            wrong
            for job in customer.jobs
            if not (job.kind == "deleted" and job.done)
            for wrong in _wrong(database, life, job)
        ] + [
            *asked_again(database, servers),
            *([] if others else _strays(database, life, customer)),
            *_replies_of_a_call(database, customer),
            *_unfinished_business(life),
        ]
    finally:
        database.close()


def _wrong(database: Database, life: Life, job: Job) -> Iterator[str]:
    task = database.read_now(lambda c: tasks.get(c, job.task_id))
    told = database.read_now(lambda c: events.page(c, job.task_id, after=0, limit=10_000))
    if task is None:
        yield f"{job}: a 202 was sent and the task does not exist"
        return
    if not task.status.ended:
        yield f"{job}: not ended but {task.status}"
    if [event.seq for event in told] != list(range(1, len(told) + 1)):
        yield f"{job}: event numbers {[event.seq for event in told]}"
    if fold(event.type for event in told) is not task.status:
        yield f"{job}: {task.status} is not the fold of its events"
    ends = [event for event in told if event.type in _ENDS]
    if len(ends) != task.attempt:
        yield f"{job}: {len(ends)} ends in {task.attempt} attempts"
    query = select(idempotency_keys.c.task_id).where(idempotency_keys.c.key == f"key-{job.number}")
    keys = database.read_now(lambda c: c.execute(query).scalars().all())
    if list(keys) != [job.task_id]:
        yield f"{job}: its key has the tasks {keys}"
    yield from _wrong_files(life, job, task)


def _wrong_files(life: Life, job: Job, task: Task) -> Iterator[str]:
    folder = life.folder / "workspace" / f"w{job.number}"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    wanted: set[str] = set()
    if task.status is Status.COMPLETED and job.kind != "reverted":
        wanted = {file.path for file in task.files_created}
        for settlement in task.progress.settlements:
            if settlement.disposition not in (Disposition.WRITTEN, Disposition.UNCHANGED):
                yield f"{job}: completed with a deliverable {settlement.disposition}"
        for file in task.files_created:
            path = folder / file.path
            if not path.exists() or sha256(path.read_bytes()) != file.sha256:
                yield f"{job}: {file.path} is not on disk with its hash"
    if found != wanted:
        yield f"{job}: on disk {sorted(found)}, by its row {sorted(wanted)} ({task.status}, {task.error})"
    expected = {"rejected": Status.FAILED, "cancelled": Status.CANCELLED}.get(job.kind, Status.COMPLETED)
    if task.status is not expected and not (job.kind == "cancelled" and task.status is Status.COMPLETED):
        yield f"{job}: {task.status} where {expected} was due ({task.error})"


def _strays(database: Database, life: Life, customer: Customer) -> list[str]:
    """Tasks and folders that no job asked for."""
    ids = set(database.read_now(lambda c: c.execute(select(task_table.c.id)).scalars().all()))
    folders = {path.name for path in life.config.workspace.glob("[!.]*")}
    return [
        f"without a job: {stray}"
        for stray in (
            *(ids - {job.task_id for job in customer.jobs}),
            *(folders - {f"w{job.number}" for job in customer.jobs}),
        )
    ]


def _replies_of_a_call(database: Database, customer: Customer) -> Iterator[str]:
    """What was stored twice under one name, and jobs that a model worked on without a reply."""
    call = (replies.c.task_id, replies.c.attempt, replies.c.key)
    query = select(*call, func.count()).group_by(*call)
    rows = database.read_now(lambda c: c.execute(query).all())
    for task_id, attempt, key, count in rows:
        if count != 1:
            yield f"{task_id}: {count} outcomes of {key} in attempt {attempt}"
    answered = {row.task_id for row in rows}
    for job in customer.jobs:
        if job.kind == "coded" and job.task_id not in answered:
            yield f"{job}: no model's reply is stored"


def _unfinished_business(life: Life) -> list[str]:
    """Journal entries that no recovery has ended."""
    return [f"the journal still has {path.name}" for path in life.config.journal.glob("*.open")]
