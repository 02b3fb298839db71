"""A task's life: what its caller asked, how far it is, how it ended. Frozen values, like `app.domain`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain import Action, CheckCommand, Deliverable, Disposition, Finding, JsonObject, Plan, Rung


class Status(StrEnum):
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    AWAITING_APPROVAL = "awaiting_approval"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


class Stage(StrEnum):
    READING = "reading"
    PLANNING = "planning"
    CODING = "coding"
    CHECKING = "checking"
    WRITING = "writing"


class Mode(StrEnum):
    """What a caller asks for: one rung, or the whole ladder."""

    AUTO = "auto"
    VERBATIM = "verbatim"
    DUAL_MODEL = "dual_model"
    RLM = "rlm"
    SINGLE_PASS = "single_pass"  # noqa: S105 -- a rung, no password


class Approval(StrEnum):
    AUTO = "auto"
    REQUIRED = "required"


class ErrorCode(StrEnum):
    INSTRUCTION_NOT_EXECUTABLE = "instruction_not_executable"
    PLAN_INVALID = "plan_invalid"
    NO_FILES_PRODUCED = "no_files_produced"
    PATH_REFUSED = "path_refused"
    CHECK_FAILED = "check_failed"
    EDIT_NOT_APPLIED = "edit_not_applied"
    CONTEXT_OVERFLOW = "context_overflow"
    BACKEND_UNAVAILABLE = "backend_unavailable"
    MODEL_NOT_FOUND = "model_not_found"
    OUTPUT_TRUNCATED = "output_truncated"
    WRITE_FAILED = "write_failed"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBy:
    model: str
    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """A turn to the next planner or rung, and why."""

    source: str
    to: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A deliverable's end: what became of it and the bytes that are on disk for it."""

    deliverable: Deliverable
    disposition: Disposition | None = None
    sha256: str | None = None
    size: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What one step of the plan did; None where the model server did not say."""

    step_number: int
    action: Action
    target: str
    status: str
    attempts: int = 0
    model: str | None = None
    backend: str | None = None
    matched_by: str | None = None
    finish_reason: str | None = None
    duration_ms: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    checks: tuple[Finding, ...] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskError:
    code: ErrorCode
    detail: str
    retryable: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task as its caller posts it."""

    instruction: str
    title: str | None = None
    workspace: str | None = None
    mode: Mode = Mode.AUTO
    approval: Approval = Approval.AUTO
    checks: tuple[CheckCommand, ...] = ()
    run_checks: bool = False
    priority: int = 0
    metadata: JsonObject = field(default_factory=dict)
    callback_url: str | None = None
    deadline_s: int | None = None
    caller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All that a run has found out so far; the whole of it is stored at every turn."""

    stage: Stage | None = None
    execution_mode: Rung | None = None
    plan: Plan | None = None
    planned_by: PlannedBy | None = None
    fallbacks: tuple[Fallback, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    usage: Usage = Usage()
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactInfo:
    """An artifact without its bytes. Kinds: file, diff, before, model_reply, check_output."""

    id: str
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file the task put on disk."""

    path: str
    action: str
    sha256: str
    size: int
    language: str | None = None
    step_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands now."""

    id: str
    version: int
    status: Status
    new: NewTask
    title: str
    workspace: str
    progress: Progress
    files_created: tuple[FileRecord, ...] = ()
    artifacts: tuple[ArtifactInfo, ...] = ()
    summary: str | None = None
    error: TaskError | None = None
    attempt: int = 1
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a task; `seq` runs 1..n for each task without gaps."""

    seq: int
    type: str
    at: datetime
    data: JsonObject
