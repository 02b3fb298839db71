"""What a run may write: every statement names the run's token, so a superseded run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from app.domain import JsonObject
from app.store import events
from app.store.codec import dump, load
from app.store.tables import inputs, tasks
from app.store.tasks import Files, Standing, poisoned, progress_of, standing
from app.task import FileRecord, NewTask, Progress, Stage, Status, TaskError
from app.trigger import point

# What the death of a process counts for a run of it that is to blame, and for one that was beside others or
# was writing what is proved by then.
TO_BLAME, BESIDE = 100, 1


class Superseded(Exception):
    """Another run owns the task now, or it has ended: this run stops and writes nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One execution's right to work on a task.

    `died` is what the deaths of those before it count, `to_blame` that its own would count in full.
    """

    task_id: str
    attempt: int
    token: str
    workspace: str
    new: NewTask
    started_at: datetime
    died: int = 0
    to_blame: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended."""

    status: Status
    progress: Progress
    summary: str
    error: TaskError | None = None
    files: tuple[FileRecord, ...] = ()


def claim(
    connection: Connection,
    task_id: str,
    *,
    launch: int,
    token: str,
    crash_limit: int,
    to_blame: bool = True,
    settle: Callable[[Progress, TaskError], Progress],
    at: datetime,
) -> Claim | None:
    """Makes this run the one that may write; None where there is nothing (more) for it to do.

    A task whose runs died `crash_limit` times by their own doing without getting further ends here as failed,
    its progress settled by `settle`. `to_blame`: this run's death would be its doing.
    """
    now = standing(connection, task_id, lock=True)
    if now is None or now.launch != launch or now.status not in (Status.QUEUED, Status.IN_PROGRESS):
        return None
    if now.crashes > (crash_limit - 1) * TO_BLAME:
        _fail_poisoned(connection, now, settle, at)
        return None
    started = now.started_at or at
    to_blame = to_blame and not now.writing
    connection.execute(
        update(tasks)
        .where(tasks.c.id == task_id)
        .values(
            run_token=token,
            crashes=now.crashes + _share(to_blame),
            started_at=started,
        )
    )
    told = {"attempt": now.attempt}
    events.append(
        connection, task_id, attempt=now.attempt, key="started", event_type="task.started", at=at, data=told
    )
    return _claim(connection, now, token=token, started_at=started, to_blame=to_blame)


def _share(to_blame: bool) -> int:  # noqa: FBT001 -- the one thing it is asked
    return TO_BLAME if to_blame else BESIDE


def _claim(
    connection: Connection, now: Standing, *, token: str, started_at: datetime, to_blame: bool
) -> Claim:
    row = connection.execute(
        select(tasks.c.workspace, inputs.c.body)
        .join(inputs, inputs.c.task_id == tasks.c.id)
        .where(tasks.c.id == now.id)
    ).one()
    return Claim(
        task_id=now.id,
        attempt=now.attempt,
        token=token,
        workspace=row.workspace,
        new=load(NewTask, row.body),
        started_at=started_at,
        died=now.crashes,
        to_blame=to_blame,
    )


def _fail_poisoned(
    connection: Connection, now: Standing, settle: Callable[[Progress, TaskError], Progress], at: datetime
) -> None:
    error = poisoned(-(-now.crashes // TO_BLAME))
    progress = settle(progress_of(connection, now.id), error)
    outcome = Outcome(status=Status.FAILED, progress=progress, summary=error.detail, error=error)
    end(connection, now, outcome, at)


def hold(connection: Connection, run: Claim) -> Standing:
    """The task's row, locked for this transaction. Raises `Superseded`."""
    now = standing(connection, run.task_id, lock=True)
    if now is None or now.run_token != run.token:
        raise Superseded(run.task_id)
    point("run.held")
    return now


def holds(connection: Connection, run: Claim) -> bool:
    """Whether the run may still write, as of now."""
    now = standing(connection, run.task_id)
    return now is not None and now.run_token == run.token


def progressed(connection: Connection, run: Claim, *, to_blame: bool) -> None:
    """Forgives earlier deaths: the run got further than the ones before it."""
    _blame(connection, run, _share(to_blame))


def blame(connection: Connection, run: Claim, *, died: int, to_blame: bool) -> None:
    """Says anew what the run's death counts, over what those before it do."""
    hold(connection, run)
    _blame(connection, run, died + _share(to_blame))


def _blame(connection: Connection, run: Claim, crashes: int) -> None:
    connection.execute(update(tasks).where(tasks.c.id == run.task_id).values(crashes=crashes))


def report(
    connection: Connection,
    run: Claim,
    *,
    key: str,
    event_type: str,
    data: JsonObject,
    progress: Progress,
    to_blame: bool,
    at: datetime,
) -> bool:
    """Stores an event and the progress it brought, both or none; False for an event told before."""
    hold(connection, run)
    is_new = events.append(
        connection,
        run.task_id,
        attempt=run.attempt,
        key=key,
        event_type=event_type,
        at=at,
        data=data,
        columns={"progress": dump(Progress, without_text(progress))},
    )
    if is_new:
        progressed(connection, run, to_blame=to_blame)
    return is_new


def begin_writing(connection: Connection, run: Claim, *, progress: Progress, at: datetime) -> None:
    """From here on the task cannot be cancelled: its files may be on disk."""
    now = hold(connection, run)
    if not now.writing:
        progressed(connection, run, to_blame=False)
    connection.execute(update(tasks).where(tasks.c.id == run.task_id).values(writing=True))
    events.append(
        connection,
        run.task_id,
        attempt=run.attempt,
        key="stage:writing",
        event_type="stage.entered",
        at=at,
        data={"stage": Stage.WRITING},
        columns={"progress": dump(Progress, without_text(progress))},
    )


def park(connection: Connection, run: Claim, *, progress: Progress, data: JsonObject, at: datetime) -> None:
    """Leaves the task waiting for a person; no run holds it."""
    hold(connection, run)
    events.append(
        connection,
        run.task_id,
        attempt=run.attempt,
        key="awaiting_approval",
        event_type="task.awaiting_approval",
        at=at,
        data=data,
        columns=_released(progress=dump(Progress, without_text(progress))),
    )


def hand_back(connection: Connection, run: Claim) -> Standing:
    """Gives the task up for another run to take, without counting a crash."""
    now = hold(connection, run)
    crashes = run.died if now.crashes > run.died else 0
    connection.execute(update(tasks).where(tasks.c.id == run.task_id).values(run_token=None, crashes=crashes))
    return now


def conclude(connection: Connection, run: Claim, outcome: Outcome, at: datetime) -> None:
    """Writes the attempt's end, once. Raises `Superseded`."""
    end(connection, hold(connection, run), outcome, at)


def end(connection: Connection, now: Standing, outcome: Outcome, at: datetime) -> None:
    """Writes the end of a task whose row the caller holds; `now` has not ended."""
    error = outcome.error
    data: dict[str, Any] = {"attempt": now.attempt}
    if error is not None:
        data |= {"code": error.code, "detail": error.detail}
    events.append(
        connection,
        now.id,
        attempt=now.attempt,
        key="ended",
        event_type=f"task.{outcome.status}",
        at=at,
        data=data,
        columns=_released(
            progress=dump(Progress, without_text(replace(outcome.progress, stage=None))),
            summary=outcome.summary.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            error=None if error is None else dump(TaskError, error),
            files=dump(Files, outcome.files),
            completed_at=at,
        ),
    )


def _released(**columns: Any) -> dict[str, Any]:
    return {"run_token": None, "writing": False, "crashes": 0, **columns}


def without_text(progress: Progress) -> Progress:
    """The progress without the bytes that the instruction holds anyway; it is stored at every turn."""
    settlements = tuple(
        replace(item, deliverable=replace(item.deliverable, text=None, edit=None))
        for item in progress.settlements
    )
    return replace(progress, settlements=settlements)
