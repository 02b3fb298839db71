"""Answers: views as JSON, a task with its ETag, its place and the pace to poll it at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import Response
from pydantic import BaseModel

from app.api.conditional import weak_etag
from app.api.views import view_of
from app.task import Task

UNCACHED = {"Cache-Control": "private, no-cache"}
_PACE_S = ((10, 1), (60, 2), (300, 5))
_SLOW_PACE_S = 10


def json_of(view: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A view as the body of an answer."""
    content = view.model_dump_json()
    return Response(content, status, headers={**UNCACHED, **(headers or {})}, media_type="application/json")


def task_answer(task: Task, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The whole task as the body of an answer."""
    return json_of(view_of(task), status, {**task_headers(task), **(headers or {})})


def task_headers(task: Task) -> dict[str, str]:
    """The ETag and, while the task has not ended, the seconds after which another look pays."""
    headers = {"ETag": weak_etag(task.version), **UNCACHED}
    if not task.status.ended:
        headers["Retry-After"] = str(pace_s(task, datetime.now(UTC)))
    return headers


def pace_s(task: Task, now: datetime) -> int:
    """Seconds between two polls, by the age of the attempt: soon at first, then less and less often."""
    age = (now - (task.started_at or task.created_at)).total_seconds()
    return next((pace for limit, pace in _PACE_S if age < limit), _SLOW_PACE_S)
