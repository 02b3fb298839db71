"""Routes to what a task made: artifacts, files, the diff, the archive."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.api import catalogue as kinds
from app.api.answers import json_of
from app.api.auth import Caller
from app.api.conditional import bytes_response
from app.api.openapi import bytes_answer
from app.api.problems import declared
from app.api.reports import ArtifactListView
from app.api.services import TaskId, Wired
from app.api.views import ArtifactView
from app.engine.errors import TaskNotFound

router = APIRouter(prefix="/v1/tasks/{task_id}", tags=["results"])
_PROBLEMS = declared(kinds.UNAUTHENTICATED, kinds.NOT_FOUND, kinds.VALIDATION_FAILED)
_RANGE: dict[int | str, dict[str, Any]] = _PROBLEMS | declared(kinds.RANGE_NOT_SATISFIABLE)


@router.get(
    "/artifacts", response_model=ArtifactListView, summary="List a task's artifacts", responses=_PROBLEMS
)
async def list_artifacts(task_id: TaskId, services: Wired, _: Caller) -> Response:
    """Files, diffs, the bytes from before, every model reply, the output of checks."""
    task = await services.tasks.get(task_id)
    return json_of(ArtifactListView(artifacts=[ArtifactView.model_validate(a) for a in task.artifacts]))


@router.get(
    "/artifacts/{artifact_id}",
    response_class=Response,
    summary="An artifact's bytes",
    responses=bytes_answer("application/octet-stream") | _RANGE,
)
async def get_artifact(
    task_id: TaskId,
    artifact_id: Annotated[str, Path(description="The artifact's id.", examples=["a1"])],
    request: Request,
    services: Wired,
    _: Caller,
) -> Response:
    """The `ETag` is the SHA-256 of the bytes; `Range` gives a part of them."""
    info, data = await services.tasks.artifact(task_id, _storable(artifact_id))
    return bytes_response(request.headers, data, media_type=info.media_type, name=info.name)


@router.get(
    "/files/{path:path}",
    response_class=Response,
    summary="A file as the task wrote it",
    responses=bytes_answer("application/octet-stream") | _RANGE,
)
async def get_file(
    task_id: TaskId,
    path: Annotated[
        str,
        Path(description="As in `files_created`; absolute ones start with `%2F`.", examples=["app/hello.py"]),
    ],
    request: Request,
    services: Wired,
    _: Caller,
) -> Response:
    """The bytes of the task, whatever became of the file on disk since."""
    record, data = await services.tasks.file(task_id, _storable(path))
    guessed = mimetypes.guess_type(record.path, strict=False)[0] or "application/octet-stream"
    return bytes_response(request.headers, data, media_type=guessed, name=record.path)


@router.get(
    "/diff",
    response_class=Response,
    summary="The unified diff of the whole change set",
    responses=bytes_answer("text/x-diff") | _RANGE,
)
async def get_diff(task_id: TaskId, request: Request, services: Wired, _: Caller) -> Response:
    """Empty where nothing changed."""
    data = (await services.tasks.diff(task_id)).encode("utf-8", "surrogateescape")
    return bytes_response(request.headers, data, media_type="text/x-diff", name=f"{task_id}.diff")


@router.get(
    "/archive",
    response_class=Response,
    summary="The files as a zip",
    responses=bytes_answer("application/zip") | _RANGE,
)
async def get_archive(task_id: TaskId, request: Request, services: Wired, _: Caller) -> Response:
    """Equal contents give equal bytes."""
    data = await services.tasks.archive(task_id)
    return bytes_response(request.headers, data, media_type="application/zip", name=f"{task_id}.zip")


def _storable(name: str) -> str:
    """No artifact or file has a name that databases cannot hold."""
    if "\0" in name:
        raise TaskNotFound("this file or artifact")
    return name
