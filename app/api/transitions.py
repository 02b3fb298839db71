"""Routes that move a task along: cancel, retry, approve, reject, revert."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api import catalogue as kinds
from app.api.answers import task_answer
from app.api.auth import Caller
from app.api.openapi import HEADERS
from app.api.problems import declared
from app.api.services import TaskId, Wired
from app.api.views import TaskView

router = APIRouter(prefix="/v1/tasks/{task_id}", tags=["tasks"])
_PROBLEMS = declared(kinds.UNAUTHENTICATED, kinds.NOT_FOUND, kinds.CONFLICT, kinds.VALIDATION_FAILED)
_TASK = {200: {"description": "The task as it stands now.", "headers": HEADERS["task"]}, **_PROBLEMS}


@router.post("/cancel", response_model=TaskView, summary="Cancel a task", responses=_TASK)
async def cancel_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Again is no error; a task that ended otherwise is one (409)."""
    return task_answer(await services.tasks.cancel(task_id))


@router.post(
    "/retry",
    status_code=202,
    response_model=TaskView,
    summary="Start the next attempt of a failed or cancelled task",
    responses={
        202: {"description": "The next attempt is on disk.", "headers": HEADERS["new"]},
        **_PROBLEMS,
        **declared(kinds.QUEUE_FULL),
    },
)
async def retry_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Finished deliverables are kept by content; only the unfinished ones run."""
    return task_answer(await services.tasks.retry(task_id), 202, {"Location": f"/v1/tasks/{task_id}"})


@router.post(
    "/approve", response_model=TaskView, summary="Let a waiting change set be written", responses=_TASK
)
async def approve_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Applies against the files as they were when the change set was made, or answers 409."""
    return task_answer(await services.tasks.approve(task_id))


@router.post("/reject", response_model=TaskView, summary="Refuse a waiting change set", responses=_TASK)
async def reject_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Ends the task as `failed` with the code `rejected`; nothing is written."""
    return task_answer(await services.tasks.reject(task_id))


@router.post("/revert", response_model=TaskView, summary="Put every file back", responses=_TASK)
async def revert_task(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Answers 409 with the `paths` where a file has changed since the task wrote it."""
    return task_answer(await services.tasks.revert(task_id))
