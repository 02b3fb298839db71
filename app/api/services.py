"""What the API needs of the rest, and how a request gets at it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from app.api.metrics import Metrics
from app.domain import JsonObject
from app.engine.errors import TaskNotFound
from app.engine.service import Tasks
from app.llm.status import BackendStatus

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the API, wired by `app.main` for the life of the application.

    `check` gives the contract's Check of an instruction. `no_sandbox` says why a task's own checks cannot be
    run, None where they can. `closing` is set when the service is about to stop: whoever waits then answers.
    """

    tasks: Tasks
    check: Callable[[str], JsonObject]
    backends: Callable[[], Awaitable[Sequence[BackendStatus]]]
    metrics: Metrics
    closing: asyncio.Event
    keys: frozenset[str] = frozenset()
    no_sandbox: str | None = None


def services_of(request: Request) -> Services:
    return cast("Services", request.state.services)


def known_id(task_id: Annotated[str, Path(description="The task's id.", examples=["0197c1f2"])]) -> str:
    """An id that could be a task's; raises TaskNotFound for one that no task ever has."""
    if not _ID.fullmatch(task_id):
        raise TaskNotFound("this task")
    return task_id


Wired = Annotated[Services, Depends(services_of)]
TaskId = Annotated[str, Depends(known_id)]
