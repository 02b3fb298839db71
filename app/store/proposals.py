"""Proposals: change sets that passed the gate, with every byte before and after."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.domain import Content, FileChange
from app.store import artifacts
from app.store.artifacts import NewArtifact
from app.store.codec import dump, load
from app.store.tables import artifacts as artifact_table
from app.store.tables import changes, proposals
from app.task import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """A change and the artifacts that hold its two sides; None where that side is no file."""

    change: FileChange
    before: NewArtifact | None
    after: NewArtifact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProposal:
    progress: Progress
    summary: str
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    content: Content
    deliverables: tuple[str, ...]
    step_number: int | None


def store(
    connection: Connection,
    task_id: str,
    attempt: int,
    *,
    proposal: KeptProposal,
    kept: tuple[KeptChange, ...],
    diff: NewArtifact,
) -> None:
    """Stores the proposal and its artifacts. The caller holds the task's row."""
    connection.execute(
        insert(proposals).values(
            task_id=task_id, attempt=attempt, body=dump(KeptProposal, proposal), approved=False
        )
    )
    for number, item in enumerate(kept, 1):
        sides = [
            None if side is None else artifacts.keep(connection, task_id, attempt, side)
            for side in (item.before, item.after)
        ]
        change = item.change
        body = _Body(content=change.content, deliverables=change.deliverables, step_number=change.step_number)
        connection.execute(
            insert(changes).values(
                task_id=task_id,
                attempt=attempt,
                number=number,
                path=change.path,
                body=dump(_Body, body),
                before_id=sides[0],
                after_id=sides[1],
                applied=False,
            )
        )
    artifacts.keep(connection, task_id, attempt, diff)


def find(connection: Connection, task_id: str, attempt: int) -> tuple[KeptProposal, bool] | None:
    """The attempt's proposal and whether a person approved it."""
    row = connection.execute(
        select(proposals.c.body, proposals.c.approved).where(
            proposals.c.task_id == task_id, proposals.c.attempt == attempt
        )
    ).first()
    return None if row is None else (load(KeptProposal, row.body), row.approved)


def approve(connection: Connection, task_id: str, attempt: int) -> None:
    connection.execute(
        update(proposals)
        .where(proposals.c.task_id == task_id, proposals.c.attempt == attempt)
        .values(approved=True)
    )


def mark_applied(connection: Connection, task_id: str, attempt: int) -> None:
    connection.execute(
        update(changes).where(changes.c.task_id == task_id, changes.c.attempt == attempt).values(applied=True)
    )


def change_set(connection: Connection, task_id: str, attempt: int) -> tuple[FileChange, ...]:
    """The attempt's changes with their bytes, in the order they were proposed."""
    return _changes(connection, changes.c.attempt == attempt, task_id)


def applied(connection: Connection, task_id: str) -> tuple[FileChange, ...]:
    """The changes of this task that are on disk by its own record."""
    return _changes(connection, changes.c.applied.is_(True), task_id)


def _changes(connection: Connection, which: ColumnElement[bool], task_id: str) -> tuple[FileChange, ...]:
    before, after = artifact_table.alias(), artifact_table.alias()
    rows = connection.execute(
        select(changes.c.path, changes.c.body, before.c.data.label("before"), after.c.data.label("after"))
        .outerjoin(before, before.c.id == changes.c.before_id)
        .outerjoin(after, after.c.id == changes.c.after_id)
        .where(changes.c.task_id == task_id, which)
        .order_by(changes.c.attempt, changes.c.number)
    )
    return tuple(_change(row.path, load(_Body, row.body), row.before, row.after) for row in rows)


def _change(path: str, body: _Body, before: bytes | None, after: bytes | None) -> FileChange:
    return FileChange(
        path=path,
        before=None if before is None else bytes(before),
        after=None if after is None else bytes(after),
        content=body.content,
        deliverables=body.deliverables,
        step_number=body.step_number,
    )
