"""The verbatim lane: the bytes an instruction carries, laid into the tree as they stand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from app.coder.edits import EditProblem, apply_to_bytes
from app.domain import Content, Deliverable, Kind
from app.pipeline.failure import RungFailed
from app.pipeline.tree import Tree
from app.task import ErrorCode


async def lay_inline(deliverables: Iterable[Deliverable], tree: Tree) -> None:
    """Lays inline files and edits in the order of the instruction; edits of files still to be written wait.

    Raises `RungFailed` (final) for an edit that fits nowhere.
    """
    deliverables = tuple(deliverables)
    generated = {d.path for d in deliverables if d.open and d.kind is Kind.CREATE}
    for deliverable in deliverables:
        if deliverable.text is not None and deliverable.path and deliverable.kind is Kind.CREATE:
            await tree.write(
                deliverable.path, deliverable.text.encode(), Content.INLINE, (deliverable.id,), None
            )
        elif deliverable.edit and (
            deliverable.path not in generated or await tree.read(deliverable.edit.path) is not None
        ):
            await _lay_edit(deliverable, tree)


async def lay_waiting_edits(deliverables: Iterable[Deliverable], tree: Tree) -> None:
    """Lays the inline edits that waited for a generated file. Raises `RungFailed`."""
    laid = {name for change in tree.changes for name in change.deliverables}
    for deliverable in deliverables:
        if deliverable.edit and deliverable.id not in laid:
            await _lay_edit(deliverable, tree)


async def _lay_edit(deliverable: Deliverable, tree: Tree) -> None:
    edit = deliverable.edit
    if edit is None:
        return
    before = await tree.read(edit.path)
    line = deliverable.source.start_line
    if before is None:
        raise RungFailed(
            ErrorCode.EDIT_NOT_APPLIED, f"line {line}: `{edit.path}` is not there to be edited", final=True
        )
    outcome = await asyncio.to_thread(apply_to_bytes, before, (edit,))
    if isinstance(outcome, EditProblem):
        raise RungFailed(ErrorCode.EDIT_NOT_APPLIED, f"line {line}: {outcome.message}", final=True)
    await tree.write(edit.path, outcome.data, Content.INLINE, (deliverable.id,), None)
