"""How a run ends, as values: from receipts and errors to an outcome."""

from __future__ import annotations

from collections.abc import Sequence

from app.coder.languages import language_of
from app.domain import Disposition, FileChange, Receipt
from app.store.runs import Outcome
from app.task import ErrorCode, FileRecord, Progress, Status, TaskError
from app.writer.errors import Conflict, PathRefused, WriterError

_THERE = (Disposition.WRITTEN, Disposition.UNCHANGED)


def failed(error: TaskError, progress: Progress, summary: str, files: tuple[FileRecord, ...] = ()) -> Outcome:
    return Outcome(status=Status.FAILED, progress=progress, summary=summary, error=error, files=files)


def concluded(progress: Progress, summary: str, files: tuple[FileRecord, ...], *, complete: bool) -> Outcome:
    """`completed` only where the completion rule says so; what is on disk is told in any case."""
    if complete:
        return Outcome(status=Status.COMPLETED, progress=progress, summary=summary, files=files)
    error = TaskError(
        code=ErrorCode.NO_FILES_PRODUCED, detail="a file that the task owes is not on disk", retryable=True
    )
    return Outcome(status=Status.FAILED, progress=progress, summary=summary, error=error, files=files)


def file_records(receipts: Sequence[Receipt], changes: Sequence[FileChange]) -> tuple[FileRecord, ...]:
    """The files on disk that the task answers for, in the order of its change set."""
    steps = {change.path: change.step_number for change in changes}
    return tuple(
        FileRecord(
            path=receipt.path,
            action=receipt.action,
            sha256=receipt.sha256,
            size=receipt.size,
            language=language_of(receipt.path),
            step_number=steps.get(receipt.path),
        )
        for receipt in receipts
        if receipt.disposition in _THERE
    )


def refused(error: WriterError) -> TaskError:
    """The task's error for what the writer refused; nothing was written."""
    if isinstance(error, Conflict):
        return TaskError(
            code=ErrorCode.CONFLICT, detail=str(error), retryable=True, hint="retry: the files are read anew"
        )
    if isinstance(error, PathRefused):
        return TaskError(code=ErrorCode.PATH_REFUSED, detail=str(error))
    return TaskError(code=ErrorCode.WRITE_FAILED, detail=str(error), retryable=True)


def too_late(deadline_s: float) -> TaskError:
    return TaskError(
        code=ErrorCode.BACKEND_UNAVAILABLE,
        detail=f"the model servers were too slow: the task did not end within its {deadline_s:g} seconds",
        retryable=True,
        hint="finished model calls are kept: retry goes on from there",
    )


def defect(error: BaseException | None) -> TaskError:
    return TaskError(
        code=ErrorCode.INTERNAL, detail=f"a defect in the service: {type(error).__name__}: {error}"
    )


def rejected() -> TaskError:
    return TaskError(code=ErrorCode.REJECTED, detail="a person rejected the proposed files")
