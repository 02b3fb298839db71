"""Routes of the service itself: model servers, health, metrics, and what each problem means."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse

from app.api import catalogue as kinds
from app.api.answers import json_of
from app.api.auth import Caller
from app.api.metrics import MEDIA_TYPE
from app.api.problems import ApiProblem, declared
from app.api.reports import (
    BackendListView,
    BackendView,
    LiveView,
    ReadyCheckView,
    ReadyView,
)
from app.api.services import Wired

router = APIRouter(tags=["service"])


@router.get(
    "/v1/backends",
    response_model=BackendListView,
    summary="Every model server and how it is",
    responses=declared(kinds.UNAUTHENTICATED),
)
async def list_backends(services: Wired, _: Caller) -> Response:
    """Asks each server now; `advice` says what its operator should change."""
    found = await services.backends()
    return json_of(BackendListView(backends=[BackendView.model_validate(status) for status in found]))


@router.get("/livez", response_model=LiveView, summary="Whether the process answers")
async def livez() -> Response:
    """No I/O: for a supervisor that restarts what hangs."""
    return json_of(LiveView(status="alive"))


@router.get(
    "/readyz",
    response_model=ReadyView,
    summary="Whether tasks can be taken and worked on",
    responses=declared(kinds.NOT_READY),
)
async def readyz(
    services: Wired, verbose: Annotated[str | None, Query(description="Lists the checks.")] = None
) -> Response:
    """Database, migrations, worker. A model server that is down does not make the service unready."""
    found = [ReadyCheckView(name=n, ok=ok, detail=d) for n, ok, d in await services.tasks.readiness()]
    missing = [f"{check.name}: {check.detail}" for check in found if not check.ok]
    if services.closing.is_set():
        missing.append("the service is stopping")
    if missing:
        checks = [check.model_dump() for check in found]
        raise ApiProblem(kinds.NOT_READY, "; ".join(missing), members={"checks": checks})
    return json_of(ReadyView(status="ready", checks=None if verbose is None else found))


@router.get(
    "/metrics",
    response_class=Response,
    summary="Prometheus metrics",
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **declared(kinds.UNAUTHENTICATED),
    },
)
async def metrics(services: Wired, _: Caller) -> Response:
    """Counts of tasks come from the database, so that every process gives the same."""
    content = services.metrics.exposition(await services.tasks.counts(), await services.backends())
    return Response(content, media_type=MEDIA_TYPE)


@router.get(
    "/problems/{slug}",
    response_class=HTMLResponse,
    summary="What a kind of problem means",
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **declared(kinds.NOT_FOUND, kinds.VALIDATION_FAILED),
    },
)
async def get_problem(
    slug: Annotated[str, Path(description="The last part of a problem's `type`.", examples=["not-found"])],
) -> Response:
    """The page that a problem's `type` names."""
    kind = kinds.BY_SLUG.get(slug)
    if kind is None:
        raise ApiProblem(kinds.NOT_FOUND, "no such kind of problem")
    rows = (f"<h1>{escape(kind.title)}</h1>", f"<p>{escape(kind.advice)}</p>")
    facts = f"<p>Status {kind.status}, code <code>{kind.code}</code>.</p>"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(kind.title)}</title>'
    return HTMLResponse(head + "".join(rows) + facts)
