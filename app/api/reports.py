"""What the service shows besides tasks: pages, events, checks, model servers, problems, readiness."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from app.api.views import ArtifactView, SourceView, TaskSummaryView, View
from app.domain import Content, Kind, Use, Verdict


class TaskPageView(View):
    """A page of tasks, newest first."""

    tasks: list[TaskSummaryView] = Field(description="The tasks of this page.")
    next_page_token: str | None = Field(description="For the next page; null on the last.", examples=[None])


class EventView(View):
    """One thing that happened to a task."""

    seq: int = Field(description="Its number in the task, 1..n without gaps.", examples=[1])
    type: str = Field(description="What happened.", examples=["task.queued"])
    at: datetime = Field(description="When.", examples=["2026-01-02T03:04:05Z"])
    data: dict[str, JsonValue] = Field(description="What belongs to it.", examples=[{}])


class EventPageView(View):
    """A page of events, oldest first."""

    events: list[EventView] = Field(description="The events of this page.")
    next_after: int = Field(description="Pass as `after` for what comes next.", examples=[12])


class ArtifactListView(View):
    """A task's artifacts."""

    artifacts: list[ArtifactView] = Field(description="All of them.")


class CheckedDeliverableView(View):
    """One thing the instruction asks for."""

    id: str = Field(description="Its id within the instruction.", examples=["d1"])
    kind: Kind = Field(description="A new file, an edit, or a command.", examples=["create"])
    path: str | None = Field(description="The file; null for a command.", examples=["app/hello.py"])
    content: Content = Field(description="`inline`: the instruction holds the bytes.", examples=["inline"])
    source: SourceView = Field(description="Where it is asked for.")


class CheckedBlockView(View):
    """What a fenced block of the instruction is for."""

    start_line: int = Field(description="Its opening fence, from 1.", examples=[10])
    end_line: int = Field(description="Its closing fence.", examples=[17])
    lang: str = Field(description="Its language tag.", examples=["python"])
    disposition: Use = Field(description="What it is for.", examples=["create"])
    path: str | None = Field(description="The file it belongs to.", examples=["app/hello.py"])
    deliverable: str | None = Field(description="The deliverable it belongs to.", examples=["d1"])
    reason: str = Field(description="The rule that decided.", examples=["named by the line above"])


class CheckedProblemView(View):
    """Something to mend in the instruction."""

    code: str = Field(description="For a program.", examples=["unresolved_block"])
    severity: str = Field(description="`error` or `warning`.", examples=["warning"])
    message: str = Field(description="For a person.", examples=["no file is named for this block"])
    line: int | None = Field(description="The line at fault.", examples=[52])


class EstimateView(View):
    """What a task with this instruction will cost."""

    prompt_tokens: int = Field(description="Tokens to be read.", examples=[2100])
    model_calls: int = Field(description="Calls to be made.", examples=[2])


class CheckView(View):
    """How an instruction is understood."""

    title: str = Field(description="Its title.", examples=["Hello"])
    verdict: Verdict = Field(description="What a task with it needs.", examples=["complete"])
    deliverables: list[CheckedDeliverableView] = Field(description="What it asks for.")
    blocks: list[CheckedBlockView] = Field(description="Every fenced block, each once.")
    problems: list[CheckedProblemView] = Field(description="What to mend.")
    estimate: EstimateView = Field(description="What it will cost.")


class ProblemErrorView(View):
    """A value that has to change."""

    pointer: str = Field(
        description="JSON pointer into the body; parameters are under `/query`, `/path` and `/header`.",
        examples=["/instruction"],
    )
    detail: str = Field(description="What is wrong with it.", examples=["holds a NUL character"])


class ProblemView(View):
    """A problem, as RFC 9457 defines it."""

    type: str = Field(description="The kind of problem, a page here.", examples=["/problems/not-found"])
    title: str = Field(description="The kind in words.", examples=["There is nothing here"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What happened this time.", examples=["task x does not exist"])
    code: str = Field(description="For a program.", examples=["not_found"])
    request_id: str = Field(description="Names the request in the log.", examples=["5f0c6e"])
    errors: list[ProblemErrorView] | None = Field(
        None, description="The values at fault; there only where values are."
    )


class ReadyCheckView(View):
    """One part of the service."""

    name: str = Field(description="The part.", examples=["database"])
    ok: bool = Field(description="Whether it works.", examples=[True])
    detail: str = Field(description="What was found.", examples=["writable"])


class ReadyView(View):
    """Whether the service can take and do work."""

    status: str = Field(description="Always `ready`: what is not answers with a problem.", examples=["ready"])
    checks: list[ReadyCheckView] | None = Field(
        description="Each part, with `?verbose`; else null.", examples=[None]
    )


class LiveView(View):
    """The process answers."""

    status: str = Field(description="Always `alive`.", examples=["alive"])


class BackendView(View):
    """One model server in one role."""

    role: str = Field(description="`pm` or `coder`.", examples=["pm"])
    url: str = Field(description="Its base URL.", examples=["http://127.0.0.1:11434"])
    dialect: str = Field(description="`ollama` or `vllm`.", examples=["ollama"])
    model: str = Field(description="The model asked of it.", examples=["executive_jr"])
    reachable: bool = Field(description="Whether it answers.", examples=[True])
    version: str | None = Field(description="Its version, if it tells.", examples=["0.12.6"])
    models: list[str] = Field(description="The models it serves.", examples=[["executive_jr:latest"]])
    served: bool | None = Field(
        description="Whether the model is one of them; null if unknown.", examples=[True]
    )
    context_window: int | None = Field(description="Its window in tokens; null if unknown.", examples=[16384])
    slots_in_use: int = Field(description="Calls in flight.", examples=[0])
    slots: int = Field(description="Calls it may have in flight.", examples=[1])
    waiting: int = Field(description="Calls that wait for a slot.", examples=[0])
    breaker: str = Field(description="`closed`, `open` or `half_open`.", examples=["closed"])
    advice: list[str] = Field(description="What its operator should change.", examples=[[]])


class BackendListView(View):
    """The model servers."""

    backends: list[BackendView] = Field(description="Each server in each role.")
