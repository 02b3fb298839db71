"""What a run needs of the world, as protocols: the engine supplies them, tests supply small real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.domain import CheckCommand, CommandResult, FileChange, JsonObject, Problem
from app.llm.call import Ask, Completion
from app.task import NewTask, Progress, TaskError


class Report(Protocol):
    """Stores how far a run is, and the event that brought it there, in one transaction.

    `key` names the event within the attempt: told again after a crash, it is stored once.
    """

    async def __call__(self, key: str, event_type: str, data: JsonObject, progress: Progress) -> None: ...


class Keep(Protocol):
    """Stores an artifact and returns its id; the same kind, name and bytes are kept once in an attempt."""

    async def __call__(self, kind: str, name: str, media_type: str, data: bytes) -> str: ...


class Disk(Protocol):
    """The workspace and the allowed roots, to look at; nothing here writes."""

    async def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises `PathRefused` or `WriteFailed`."""

    def refusal(self, path: str) -> Problem | None:
        """Why this path may not be written, or None."""

    def protected(self, path: str) -> bool:
        """Whether a person has to approve a change of this path."""


class RunChecks(Protocol):
    """Runs a task's own checks in the sandbox over the workspace with the changes applied."""

    async def __call__(
        self, commands: tuple[CheckCommand, ...], changes: tuple[FileChange, ...], key: str
    ) -> tuple[CommandResult, ...]: ...


class RunRlm(Protocol):
    """Lets the RLM rung answer with the text of its final reply; `counted` is told of each of its calls.

    Raises `app.rlm.runner.RlmUnavailable` or `RlmFailed`.
    """

    async def __call__(
        self, instruction: str, paths: tuple[str, ...], key: str, counted: Callable[[Completion], None]
    ) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings a run goes by."""

    reply_form: str = "plain"
    repair_turns: int = 2
    min_file_bytes: int = 20
    max_output_tokens: int = 8192
    call_timeout_s: float = 600.0
    coder_slots: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    ask: Ask
    report: Report
    keep: Keep
    disk: Disk
    options: Options
    run_checks: RunChecks | None = None
    run_rlm: RunRlm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    task_id: str
    attempt: int
    new: NewTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change set that passed the gate, complete against the ledger, not yet on disk."""

    changes: tuple[FileChange, ...]
    progress: Progress
    summary: str
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No rung made what the task owes; nothing was written."""

    error: TaskError
    progress: Progress
    summary: str
