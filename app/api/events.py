"""Routes to a task's events: a JSON page, or a stream that ends with the task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from app.api import catalogue as kinds
from app.api.answers import json_of
from app.api.auth import Caller
from app.api.preferences import wants_event_stream
from app.api.problems import declared
from app.api.reports import EventPageView, EventView
from app.api.services import Services, TaskId, Wired
from app.api.waiting import wait_for
from app.engine.errors import TaskNotFound
from app.task import Task

router = APIRouter(prefix="/v1/tasks/{task_id}", tags=["results"])
PAGE = 500
PING_S = 15.0
_RETRY_MS = 2000
_MAX_SEQ = 2**53


@router.get(
    "/events",
    response_model=EventPageView,
    summary="What happened, as a page or as a stream",
    responses={
        200: {
            "description": "A page, or with `Accept: text/event-stream` the events as they come.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {
            "description": "The task has ended and `Last-Event-ID` names its last event: the stream is over."
        },
        **declared(kinds.UNAUTHENTICATED, kinds.NOT_FOUND, kinds.VALIDATION_FAILED),
    },
)
async def list_events(
    task_id: TaskId,
    services: Wired,
    _: Caller,
    after: Annotated[int, Query(ge=0, le=_MAX_SEQ, description="Only events above this number.")] = 0,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    last_event_id: Annotated[
        str | None, Header(description="Resumes a stream after this event; ignored on pages.")
    ] = None,
) -> Response:
    """Events are numbered 1..n for each task without gaps; a stream's `id` is that number."""
    if not wants_event_stream(accept):
        return json_of(await _page(services, task_id, after))
    if last_event_id and last_event_id.isascii() and last_event_id.isdecimal():
        after = min(int(last_event_id[:16]), _MAX_SEQ)
    task = await services.tasks.get(task_id)
    if task.status.ended and not await services.tasks.events(task_id, after=after, limit=1):
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(stream(services, task, after), headers=headers)


async def _page(services: Services, task_id: str, after: int) -> EventPageView:
    events = await services.tasks.events(task_id, after=after, limit=PAGE)
    views = [EventView.model_validate(event) for event in events]
    return EventPageView(events=views, next_after=views[-1].seq if views else after)


async def stream(services: Services, task: Task, after: int) -> AsyncIterator[bytes]:
    """Every event above `after` as it comes, comments while none does, until the task has ended.

    The task is read before its events: what it says has ended has no event that this round misses.
    """
    yield format_sse_event(retry=_RETRY_MS)
    while not services.closing.is_set():
        try:
            page = await _page(services, task.id, after)
        except TaskNotFound:
            return
        for event in page.events:
            yield format_sse_event(data_str=event.model_dump_json(), event=event.type, id=str(event.seq))
        after = page.next_after
        if len(page.events) == PAGE:
            continue
        if task.status.ended:
            return
        seen = task.version
        try:
            task = await wait_for(services, task, PING_S, version=seen)
        except TaskNotFound:
            return
        if task.version == seen:
            yield format_sse_event(comment="ping")
