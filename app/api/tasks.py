"""Routes of the task itself: post it, list, look and wait, forget it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.api import catalogue as kinds
from app.api.answers import json_of, task_answer, task_headers
from app.api.auth import Caller
from app.api.bodies import NewTaskBody, new_task_body
from app.api.conditional import matches, weak_etag
from app.api.openapi import HEADERS, posts_an_instruction
from app.api.preferences import applied, wait_s
from app.api.problems import ApiProblem, declared
from app.api.reports import TaskPageView
from app.api.services import Services, TaskId, Wired
from app.api.views import TaskView, summary_of
from app.api.waiting import wait_for
from app.task import Status

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
router = APIRouter(prefix="/v1/tasks", tags=["tasks"])
Prefer = Annotated[
    list[str],
    Header(description="`wait=N`: answer when the task ends, or after N seconds (at most 60)."),
]


@router.post(
    "",
    status_code=202,
    response_model=TaskView,
    summary="Post an instruction",
    responses={
        200: {"model": TaskView, "description": "It ended within `Prefer: wait`.", "headers": HEADERS["new"]},
        202: {"description": "The task is on disk and will be worked on.", "headers": HEADERS["new"]},
        **declared(
            kinds.MALFORMED_BODY,
            kinds.UNAUTHENTICATED,
            kinds.CONTENT_TOO_LARGE,
            kinds.UNSUPPORTED_MEDIA_TYPE,
            kinds.VALIDATION_FAILED,
            kinds.IDEMPOTENCY_KEY_REUSED,
            kinds.SANDBOX_UNAVAILABLE,
            kinds.QUEUE_FULL,
        ),
    },
    openapi_extra=posts_an_instruction(),
)
async def create_task(
    request: Request,
    caller: Caller,
    services: Wired,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=255,
            pattern=r"^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$",
            description="The same key and body give the same task again; 1 to 255 printable characters.",
        ),
    ] = None,
    prefer: Prefer = [],  # noqa: B006 -- FastAPI copies it
) -> Response:
    """Stores the task, then answers: a 202 means that the task is on disk."""
    body = await new_task_body(request)
    _refuse_checks_without_sandbox(body, services)
    task, replayed = await services.tasks.submit(body.task(caller), idempotency_key=key)
    if not replayed:
        services.metrics.took("api")
    wait = wait_s(prefer)
    if wait is not None:
        task = await wait_for(services, task, wait)
    headers = {"Location": f"/v1/tasks/{task.id}", **applied(wait)}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return task_answer(task, 200 if wait is not None and task.status.ended else 202, headers)


def _refuse_checks_without_sandbox(body: NewTaskBody, services: Services) -> None:
    if body.wants_checks and services.no_sandbox:
        pointer = "/checks" if body.checks else "/run_checks"
        why = services.no_sandbox
        raise ApiProblem(kinds.SANDBOX_UNAVAILABLE, why, errors=((pointer, why),))


@router.get(
    "",
    response_model=TaskPageView,
    summary="List tasks, newest first",
    responses=declared(kinds.INVALID_PAGE_TOKEN, kinds.UNAUTHENTICATED, kinds.VALIDATION_FAILED),
)
async def list_tasks(
    services: Wired,
    _: Caller,
    page_size: Annotated[
        int, Query(ge=1, description=f"Tasks a page; more than {MAX_PAGE_SIZE} count as {MAX_PAGE_SIZE}.")
    ] = DEFAULT_PAGE_SIZE,
    page_token: Annotated[str | None, Query(description="`next_page_token` of the page before.")] = None,
    status: Annotated[Status | None, Query(description="Only tasks of this status.")] = None,
    workspace: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Only tasks of this workspace.")
    ] = None,
) -> Response:
    """Pages by key, so that tasks posted meanwhile neither repeat nor hide others."""
    size = min(page_size, MAX_PAGE_SIZE)
    tasks, following = await services.tasks.list(
        page_size=size, before=page_token, status=status, workspace=workspace
    )
    return json_of(TaskPageView(tasks=[summary_of(task) for task in tasks], next_page_token=following))


@router.get(
    "/{task_id}",
    response_model=TaskView,
    summary="Look at a task, or wait for it",
    responses={
        200: {"description": "The task as it stands.", "headers": HEADERS["task"]},
        304: {"description": "It is still the version that `If-None-Match` names."},
        **declared(kinds.UNAUTHENTICATED, kinds.NOT_FOUND, kinds.VALIDATION_FAILED),
    },
)
async def get_task(
    task_id: TaskId,
    services: Wired,
    _: Caller,
    if_none_match: Annotated[str | None, Header(description="The `ETag` of the version you have.")] = None,
    prefer: Prefer = [],  # noqa: B006 -- FastAPI copies it
) -> Response:
    """With `If-None-Match` and `Prefer: wait=N` together it is a long poll: it answers on the next change."""
    task = await services.tasks.get(task_id)
    wait = wait_s(prefer)
    known = matches(if_none_match, weak_etag(task.version))
    if wait is not None and not task.status.ended and known == (if_none_match is not None):
        task = await wait_for(services, task, wait, version=task.version if known else None)
        known = matches(if_none_match, weak_etag(task.version))
    if known:
        return Response(status_code=304, headers={**task_headers(task), **applied(wait)})
    return task_answer(task, headers=applied(wait))


@router.delete(
    "/{task_id}",
    status_code=204,
    summary="Forget an ended task",
    responses=declared(kinds.UNAUTHENTICATED, kinds.NOT_FOUND, kinds.CONFLICT, kinds.VALIDATION_FAILED),
)
async def delete_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Its events and artifacts go with it; the files it wrote stay."""
    await services.tasks.delete(task_id)
    return Response(status_code=204)
