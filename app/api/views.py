"""What the service shows of a task: the contract's Task, every member always there, absent values null."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.domain import Action, Content, Deliverable, Disposition, Kind, Rung, sha256
from app.task import Mode, Settlement, Stage, Status, Task


class View(BaseModel):
    """A read-only picture of a value of the domain."""

    model_config = ConfigDict(from_attributes=True, frozen=True, serialize_by_alias=True)


class StepView(View):
    """One step of the plan."""

    step_number: int = Field(description="Its number, from 1.", examples=[1])
    action: Action = Field(description="What is done to the target.", examples=["create_file"])
    target: str = Field(description="The path, or the command.", examples=["app/hello.py"])
    description: str = Field(description="What the step is for.", examples=["Create validate()"])
    code_needed: bool = Field(description="Whether the coder has to write for it.", examples=[True])
    depends_on: list[int] = Field(description="Steps that come first.", examples=[[]])


class PlanView(View):
    """The plan, as the PM or whoever stood in for it made it."""

    title: str = Field(description="The plan's title.", examples=["Final test"])
    summary: str = Field(description="What will be done, in a sentence or two.", examples=["One file."])
    steps: list[StepView] = Field(description="The steps in order.")
    files_to_create: list[str] = Field(description="Paths that are new.", examples=[["app/hello.py"]])
    files_to_modify: list[str] = Field(description="Paths that change.", examples=[[]])


class PlannedByView(View):
    """Who made the plan."""

    model: str = Field(description="The model's name.", examples=["executive_jr"])
    backend: str = Field(description="`ollama`, `vllm` or `ledger`.", examples=["ollama"])


class FallbackView(View):
    """A turn to the next planner or rung."""

    source: str = Field(
        validation_alias="source",
        serialization_alias="from",
        description="What was tried.",
        examples=["ollama"],
    )
    to: str = Field(description="What came instead.", examples=["vllm"])
    code: str = Field(description="Why, for a program.", examples=["plan_invalid"])
    detail: str = Field(description="Why, for a person.", examples=["the reply is no JSON object"])


class SourceView(View):
    """Lines of the instruction."""

    start_line: int = Field(description="First line, from 1; the opening fence of a block.", examples=[5])
    end_line: int = Field(description="Last line; the closing fence of a block.", examples=[9])


class DeliverableView(View):
    """One thing the task owes, and what became of it."""

    id: str = Field(description="Its id within the task.", examples=["d1"])
    kind: Kind = Field(description="A new file, an edit, or a command.", examples=["create"])
    path: str | None = Field(description="The file; null for a command.", examples=["app/hello.py"])
    content: Content = Field(description="`inline`: the instruction holds the bytes.", examples=["generate"])
    source: SourceView = Field(description="Where the instruction asks for it.")
    format: str | None = Field(description="The form of an inline edit.", examples=["search_replace"])
    search_sha256: str | None = Field(description="Hash of an inline edit's search text.", examples=[None])
    replace_sha256: str | None = Field(description="Hash of its replacement.", examples=[None])
    disposition: Disposition | None = Field(
        description="What became of it; null until that is known.", examples=["written"]
    )
    sha256: str | None = Field(description="Hash of the file's bytes.", examples=["9f86d081…"])
    bytes: int | None = Field(description="Size of the file.", examples=[32])
    detail: str | None = Field(description="Why it ended so.", examples=[None])

    @classmethod
    def of(cls, settlement: Settlement) -> Self:
        owed = settlement.deliverable
        hashes = edit_hashes(owed)
        return cls(
            id=owed.id,
            kind=owed.kind,
            path=owed.path,
            content=owed.content,
            source=SourceView.model_validate(owed.source),
            format=owed.edit.format if owed.edit else None,
            search_sha256=hashes[0],
            replace_sha256=hashes[1],
            disposition=settlement.disposition,
            sha256=settlement.sha256,
            bytes=settlement.size,
            detail=settlement.detail,
        )


class FileView(View):
    """A file the task put on disk."""

    path: str = Field(description="As the instruction or plan names it.", examples=["app/hello.py"])
    action: str = Field(description="`created`, `modified` or `unchanged`.", examples=["created"])
    sha256: str = Field(description="Hash of its bytes.", examples=["9f86d081…"])
    size: int = Field(description="Its size in bytes.", examples=[32])
    language: str | None = Field(description="Its language, by name or contents.", examples=["python"])
    step_number: int | None = Field(description="The step that made it.", examples=[1])


class CheckResultView(View):
    """One check's answer about a step's file."""

    name: str = Field(description="The check.", examples=["syntax"])
    ok: bool = Field(description="Whether it passed.", examples=[True])
    detail: str | None = Field(description="What to mend.", examples=[None])


class StepRecordView(View):
    """What a step did."""

    step_number: int = Field(description="The plan's number.", examples=[1])
    action: Action = Field(description="What was done.", examples=["create_file"])
    target: str = Field(description="To what.", examples=["app/hello.py"])
    status: str = Field(description="How it ended.", examples=["completed"])
    attempts: int = Field(description="Model calls made for it.", examples=[1])
    model: str | None = Field(description="The model that wrote.", examples=["qwen2.5-coder"])
    backend: str | None = Field(description="`ollama` or `vllm`.", examples=["vllm"])
    matched_by: str | None = Field(
        description="The rule that found the file in the reply.", examples=["fence"]
    )
    finish_reason: str | None = Field(description="How the reply ended.", examples=["stop"])
    duration_ms: int = Field(description="Milliseconds it took.", examples=[812])
    prompt_tokens: int | None = Field(description="Tokens read; null if not told.", examples=[310])
    completion_tokens: int | None = Field(description="Tokens written; null if not told.", examples=[28])
    cached_tokens: int | None = Field(description="Of those read, from the prefix cache.", examples=[256])
    checks: list[CheckResultView] = Field(description="What was checked.")
    detail: str | None = Field(description="Why it ended so.", examples=[None])


class ArtifactView(View):
    """Bytes kept with the task."""

    id: str = Field(description="Its id.", examples=["a1"])
    kind: str = Field(
        description="`file`, `diff`, `before`, `model_reply`, `check_output`.", examples=["file"]
    )
    name: str = Field(description="Its name.", examples=["app/hello.py"])
    media_type: str = Field(description="Its media type.", examples=["text/x-python"])
    size: int = Field(description="Its size in bytes.", examples=[32])
    sha256: str = Field(description="Hash of its bytes.", examples=["9f86d081…"])


class TaskErrorView(View):
    """Why a task failed."""

    code: str = Field(description="For a program.", examples=["plan_invalid"])
    detail: str = Field(description="For a person.", examples=["no model gave a valid plan"])
    retryable: bool = Field(description="Whether the same task may end better later.", examples=[True])
    hint: str = Field(description="What to do about it.", examples=["Name the files in the instruction."])


class UsageView(View):
    """What the task cost."""

    model_calls: int = Field(description="Calls that were answered.", examples=[2])
    prompt_tokens: int = Field(description="Tokens read.", examples=[620])
    completion_tokens: int = Field(description="Tokens written.", examples=[96])
    cached_tokens: int = Field(description="Of those read, from a prefix cache.", examples=[256])


class ProgressView(View):
    """How far the task is."""

    done: int = Field(description="Parts done.", examples=[1])
    total: int = Field(description="Parts in all, as far as they are known.", examples=[1])


class TaskSummaryView(View):
    """A task in a list."""

    id: str = Field(description="The task's id.", examples=["0197c1f2"])
    version: int = Field(description="Grows with every change.", examples=[7])
    status: Status = Field(description="Where it is in its life.", examples=["completed"])
    stage: Stage | None = Field(description="What it is at, while it runs.", examples=[None])
    title: str = Field(description="Its title.", examples=["Final test"])
    workspace: str = Field(description="The folder of its relative paths.", examples=["0197c1f2"])
    mode: Mode = Field(description="What was asked for.", examples=["auto"])
    execution_mode: Rung | None = Field(description="The rung that did the work.", examples=["dual_model"])
    summary: str | None = Field(description="What came of it, in a sentence.", examples=["1 file written."])
    error: TaskErrorView | None = Field(description="Why it failed.")
    progress: ProgressView = Field(description="How far it is.")
    attempt: int = Field(description="Which attempt this is, from 1.", examples=[1])
    created_at: datetime = Field(description="When it was posted.", examples=["2026-01-02T03:04:05Z"])
    started_at: datetime | None = Field(description="When work began.", examples=["2026-01-02T03:04:06Z"])
    completed_at: datetime | None = Field(description="When it ended.", examples=["2026-01-02T03:04:09Z"])


class TaskView(TaskSummaryView):
    """A task: what was asked, what is owed, what was done, how it ended."""

    approval: str = Field(description="Whether writing waits for an approval.", examples=["auto"])
    priority: int = Field(description="Higher goes first.", examples=[0])
    deadline_s: int | None = Field(description="Seconds an attempt may take, as posted.", examples=[600])
    callback_url: str | None = Field(description="As posted; nothing is sent to it yet.", examples=[None])
    plan: PlanView | None = Field(description="The plan, once there is one.")
    planned_by: PlannedByView | None = Field(description="Who made the plan.")
    fallbacks: list[FallbackView] = Field(description="Every turn to a next planner or rung.")
    deliverables: list[DeliverableView] = Field(description="What the task owes.")
    files_created: list[FileView] = Field(description="The files it put on disk.")
    steps_executed: list[StepRecordView] = Field(description="What each step did.")
    artifacts: list[ArtifactView] = Field(description="What is kept with it.")
    usage: UsageView = Field(description="What it cost.")
    metadata: dict[str, JsonValue] = Field(description="The caller's own.", examples=[{"ticket": "J-12"}])


def edit_hashes(owed: Deliverable) -> tuple[str | None, str | None]:
    """Hashes of an inline edit's search and replacement, each without a final newline."""
    if owed.edit is None:
        return None, None
    return sha256(owed.edit.search.removesuffix("\n")), sha256(owed.edit.replace.removesuffix("\n"))


def summary_of(task: Task) -> TaskSummaryView:
    """A task as lists show it."""
    return TaskSummaryView.model_validate(_common(task))


def view_of(task: Task) -> TaskView:
    """The whole task."""
    progress, new = task.progress, task.new
    return TaskView.model_validate(
        _common(task)
        | {
            "approval": new.approval,
            "priority": new.priority,
            "deadline_s": new.deadline_s,
            "callback_url": new.callback_url,
            "plan": progress.plan,
            "planned_by": progress.planned_by,
            "fallbacks": progress.fallbacks,
            "deliverables": [DeliverableView.of(settlement) for settlement in progress.settlements],
            "files_created": task.files_created,
            "steps_executed": progress.steps,
            "artifacts": task.artifacts,
            "usage": progress.usage,
            "metadata": new.metadata,
        }
    )


def _common(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "version": task.version,
        "status": task.status,
        "stage": None if task.status.ended else task.progress.stage,
        "title": task.title,
        "workspace": task.workspace,
        "mode": task.new.mode,
        "execution_mode": task.progress.execution_mode,
        "summary": task.summary,
        "error": task.error,
        "progress": task.progress,
        "attempt": task.attempt,
        "created_at": task.created_at,
        "started_at": task.started_at,
        "completed_at": task.completed_at,
    }
