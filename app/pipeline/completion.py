"""The completion rule: what the receipts say of every deliverable, and whether the task is complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain import Disposition, Receipt
from app.task import ErrorCode, Progress, Settlement, TaskError

_THERE = (Disposition.WRITTEN, Disposition.UNCHANGED)


def settle(progress: Progress, receipts: Sequence[Receipt]) -> Progress:
    """The progress with each file's deliverables settled by the receipt of their path."""
    by_path = {receipt.path: receipt for receipt in receipts}
    settlements = tuple(_settled(settlement, by_path) for settlement in progress.settlements)
    done = sum(1 for s in settlements if s.deliverable.asks_for_a_file and s.disposition in _THERE)
    return replace(progress, settlements=settlements, done=done)


def _settled(settlement: Settlement, by_path: Mapping[str, Receipt]) -> Settlement:
    deliverable = settlement.deliverable
    if not deliverable.asks_for_a_file:
        return replace(settlement, disposition=Disposition.NOT_RUN)
    receipt = by_path.get(deliverable.path or "")
    if receipt is None:
        return replace(settlement, disposition=settlement.disposition or Disposition.FAILED)
    return replace(settlement, disposition=receipt.disposition, sha256=receipt.sha256, size=receipt.size)


def settle_failed(progress: Progress, error: TaskError) -> Progress:
    """The progress of a task that wrote nothing, each deliverable with the disposition that says why.

    What was refused by itself stays so, whatever else ends the task.
    """
    refused = error.code in (ErrorCode.PATH_REFUSED, ErrorCode.REJECTED)
    ended = Disposition.REFUSED if refused else Disposition.FAILED
    settlements = tuple(replace(s, disposition=_unwritten(s, ended)) for s in progress.settlements)
    return replace(progress, settlements=settlements, done=0)


def _unwritten(settlement: Settlement, ended: Disposition) -> Disposition:
    if not settlement.deliverable.asks_for_a_file:
        return Disposition.NOT_RUN
    return Disposition.REFUSED if settlement.disposition is Disposition.REFUSED else ended


def settle_cancelled(progress: Progress) -> Progress:
    """The progress of a task that was cancelled before it wrote."""
    settlements = tuple(
        replace(s, disposition=Disposition.SKIPPED if s.deliverable.asks_for_a_file else Disposition.NOT_RUN)
        for s in progress.settlements
    )
    return replace(progress, settlements=settlements, done=0)


def complete(progress: Progress) -> bool:
    """True only when every deliverable that asks for a file is on disk, and at least one does."""
    files = [s for s in progress.settlements if s.deliverable.asks_for_a_file]
    return bool(files) and all(s.disposition in _THERE and s.sha256 for s in files)
