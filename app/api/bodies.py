"""What a caller may post: the new task's schema, read from JSON or from markdown."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.api import catalogue
from app.api.fields import (
    MAX_INSTRUCTION_BYTES,
    Folder,
    Instruction,
    Line,
    Metadata,
    Seconds,
    Text,
    WebAddress,
    Whole,
)
from app.api.problems import ApiProblem, invalid_values
from app.domain import CheckCommand
from app.task import Approval, Mode, NewTask

MAX_JSON_BYTES = 8 * MAX_INSTRUCTION_BYTES
MAX_DISCARDED_BYTES = 64 * MAX_INSTRUCTION_BYTES
JSON, MARKDOWN = "application/json", "text/markdown"


class CheckBody(BaseModel):
    """One of the task's own checks: a shell line that must exit 0 in the sandbox."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Line = Field(description="What the check is called in the answer.", examples=["tests"])
    run: Text = Field(
        min_length=1,
        max_length=8192,
        json_schema_extra={"pattern": r"^[^\x00]+$"},
        description="A shell line, run in the workspace with the change set applied.",
        examples=["python -m pytest -q"],
    )
    timeout_s: Whole = Field(
        60, ge=1, le=3600, description="Seconds until it counts as failed.", examples=[60]
    )


class NewTaskBody(BaseModel):
    """A new task."""

    model_config = ConfigDict(extra="forbid", strict=True)

    instruction: Instruction = Field(
        description="What is to be done, in markdown: 1 byte to 1 MiB of UTF-8.",
        examples=["Create a file `hello.py` with a function `hello()` that returns 'Hello'."],
    )
    title: Line | None = Field(None, description="A title; without one the instruction's own is taken.")
    workspace: Folder | None = Field(
        None,
        description="The folder under JR_WORKSPACE that relative paths land in; the task's id without one.",
        examples=["billing"],
    )
    mode: Mode = Field(Mode.AUTO, description="One rung of the ladder, or `auto` for all of it.")
    approval: Approval = Field(
        Approval.AUTO, description="`required`: nothing is written before an approval."
    )
    checks: list[CheckBody] = Field(
        [], max_length=32, description="Checks that must pass before it may complete."
    )
    run_checks: bool = Field(False, description="Run the instruction's own verification blocks as checks.")
    priority: Whole = Field(0, ge=0, le=100, description="Higher goes first.", examples=[0])
    deadline_s: Seconds | None = Field(
        None,
        description="Seconds an attempt may take once it has begun; never more than JR_TASK_TIMEOUT_S.",
        examples=[600],
    )
    metadata: Metadata = Field(
        {}, description="Kept and given back as it is; at most 16 KiB.", examples=[{"ticket": "J-12"}]
    )
    callback_url: WebAddress | None = Field(
        None,
        description="Kept and given back; nothing is sent to it yet.",
        examples=["http://ci.internal/jr"],
    )

    @property
    def wants_checks(self) -> bool:
        return self.run_checks or bool(self.checks)

    def task(self, caller: str) -> NewTask:
        """The new task as the engine takes it."""
        return NewTask(
            instruction=self.instruction,
            title=self.title,
            workspace=self.workspace,
            mode=self.mode,
            approval=self.approval,
            checks=tuple(CheckCommand(name=c.name, run=c.run, timeout_s=c.timeout_s) for c in self.checks),
            run_checks=self.run_checks,
            priority=self.priority,
            deadline_s=self.deadline_s,
            metadata=self.metadata,
            callback_url=self.callback_url,
            caller=caller,
        )


async def new_task_body(request: Request) -> NewTaskBody:
    """The body of a request, as JSON or as markdown. Raises ApiProblem (400, 413, 415, 422)."""
    media = media_type(request.headers.get("content-type", ""))
    limit = MAX_INSTRUCTION_BYTES if media == MARKDOWN else MAX_JSON_BYTES
    body = await read_body(request, limit)
    return of_markdown(body) if media == MARKDOWN else of_json(body)


def media_type(content_type: str) -> str:
    """JSON or MARKDOWN. Raises ApiProblem (415) for anything else, or a charset that is not UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = dict(p.partition("=")[::2] for p in parameters).get("charset", "utf-8").strip('"')
    if media in (JSON, MARKDOWN) and charset in ("utf-8", "utf8", "us-ascii"):
        return media
    raise ApiProblem(
        catalogue.UNSUPPORTED_MEDIA_TYPE,
        f"the body is {content_type[:100]!r}; {catalogue.UNSUPPORTED_MEDIA_TYPE.advice[0].lower()}"
        f"{catalogue.UNSUPPORTED_MEDIA_TYPE.advice[1:]}",
        headers={"Accept-Post": f"{JSON}, {MARKDOWN}"},
    )


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises ApiProblem (413) for one of more than `limit` bytes.

    What is somewhat too large is read to its end first: a client that is still sending would not see the
    answer, only its connection reset.
    """
    announced = request.headers.get("content-length", "")
    size = int(announced[:20]) if announced.isdecimal() else 0
    if size > limit and (size > MAX_DISCARDED_BYTES or "expect" in request.headers):
        raise _too_large(limit, {"Connection": "close"})
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            parts.append(chunk)
        elif size > MAX_DISCARDED_BYTES:
            raise _too_large(limit, {"Connection": "close"})
    if size > limit:
        raise _too_large(limit, {})
    return b"".join(parts)


def of_markdown(body: bytes) -> NewTaskBody:
    """The new task whose instruction `body` is."""
    try:
        return NewTaskBody.model_validate({"instruction": _decoded(body, "/instruction")})
    except ValidationError as error:
        raise invalid_values([dict(e) for e in error.errors(include_url=False)]) from None


def of_json(body: bytes) -> NewTaskBody:
    """The new task that `body` describes."""
    try:
        return NewTaskBody.model_validate_json(_decoded(body, ""))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        if errors[0]["type"] == "json_invalid":
            raise _malformed("", errors[0]["msg"]) from None
        raise invalid_values([dict(e) for e in errors]) from None


def _decoded(body: bytes, pointer: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _malformed(pointer, f"not UTF-8: byte {error.start}") from None


def _malformed(pointer: str, detail: str) -> ApiProblem:
    return ApiProblem(catalogue.MALFORMED_BODY, detail, errors=((pointer, detail),))


def _too_large(limit: int, headers: Mapping[str, str]) -> ApiProblem:
    detail = f"the body holds more than {limit} bytes"
    return ApiProblem(catalogue.CONTENT_TOO_LARGE, detail, errors=(("", detail),), headers=headers)
