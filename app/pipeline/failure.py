"""Why a rung failed, in the words of the contract, and which of several failures a task ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain import Finding
from app.llm.errors import LlmError
from app.task import ErrorCode, TaskError

_HINTS = {
    ErrorCode.INSTRUCTION_NOT_EXECUTABLE: "Mend the instruction; `jr check` shows how it is read.",
    ErrorCode.PLAN_INVALID: "Name the files in the instruction (Create `path`), or use a stronger PM model.",
    ErrorCode.NO_FILES_PRODUCED: "See the model_reply artifacts; name each file in the instruction.",
    ErrorCode.PATH_REFUSED: "Use a path in the workspace, or add its folder to JR_ALLOWED_ROOTS.",
    ErrorCode.CHECK_FAILED: "See the checks of steps_executed and the replies kept; retry or rephrase.",
    ErrorCode.EDIT_NOT_APPLIED: "Copy the SEARCH text from the file as it is now.",
    ErrorCode.CONTEXT_OVERFLOW: "Split the instruction, serve a larger window, or install the rlm extra.",
    ErrorCode.BACKEND_UNAVAILABLE: "Start the model server, then retry; GET /v1/backends shows each.",
    ErrorCode.MODEL_NOT_FOUND: "Set JR_PM_MODEL and JR_CODER_MODEL to names the servers list.",
    ErrorCode.WRITE_FAILED: "Mend what the detail names (space, permissions), then retry.",
    ErrorCode.OUTPUT_TRUNCATED: "Ask for smaller files, or raise JR_MAX_OUTPUT_TOKENS.",
}
_RETRYABLE = {
    ErrorCode.BACKEND_UNAVAILABLE,
    ErrorCode.CHECK_FAILED,
    ErrorCode.NO_FILES_PRODUCED,
    ErrorCode.WRITE_FAILED,
}
_TELLING = (
    ErrorCode.CONTEXT_OVERFLOW,
    ErrorCode.MODEL_NOT_FOUND,
    ErrorCode.BACKEND_UNAVAILABLE,
    ErrorCode.OUTPUT_TRUNCATED,
    ErrorCode.PATH_REFUSED,
    ErrorCode.CHECK_FAILED,
    ErrorCode.EDIT_NOT_APPLIED,
)


class RungFailed(Exception):
    """This rung cannot make what the task owes; `final` means no other rung could either."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        reason: str | None = None,
        final: bool = False,
        model: LlmError | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.reason = reason or str(code)
        self.final = final
        self.model = model

    @property
    def error(self) -> TaskError:
        """The task's error: what a model server's failure says of itself goes before what its code says."""
        standing = task_error(self.code, self.detail)
        if self.model is None:
            return standing
        retryable = standing.retryable and self.model.retryable
        return replace(standing, retryable=retryable, hint=self.model.hint or standing.hint)


def task_error(code: ErrorCode, detail: str) -> TaskError:
    """The task's error with its standing hint."""
    return TaskError(code=code, detail=detail, retryable=code in _RETRYABLE, hint=_HINTS.get(code, ""))


def most_telling(failures: Sequence[RungFailed]) -> RungFailed:
    """Of the rungs' failures, the one that tells a person most about what to do."""
    ranked = {code: rank for rank, code in enumerate(_TELLING)}
    return min(failures, key=lambda failure: ranked.get(failure.code, len(ranked)))


def of_model(error: LlmError) -> RungFailed:
    """A model server's failure as a rung's."""
    return RungFailed(error.task_code, str(error), reason=error.code, model=error)


def of_findings(path: str, findings: Sequence[Finding]) -> RungFailed:
    """A file the gate refused."""
    details = "; ".join(finding.detail or finding.code or finding.name for finding in findings)
    return RungFailed(ErrorCode.CHECK_FAILED, f"`{path}`: {details}")
