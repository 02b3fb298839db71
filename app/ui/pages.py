"""The dashboard's pages: tasks, one task, a form for a new one, the model servers. Works with scripts off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from app.engine.errors import BadCursor, EngineError, QueueFull, TaskNotFound
from app.engine.service import Tasks
from app.llm.status import BackendStatus
from app.task import Approval, Mode, NewTask, Status
from app.ui.looks import render
from app.ui.task_page import actions_of, facts_of

PAGE_SIZE = 50
MAX_FORM_BYTES = 4 * 1024 * 1024
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_VERBS = ("cancel", "retry", "approve", "reject", "revert", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind the pages.

    `accept` makes a new task of a form's fields and its caller, or raises ValueError with a sentence; `took`
    is told of each task that was posted.
    """

    tasks: Tasks
    backends: Callable[[], Awaitable[Sequence[BackendStatus]]]
    accept: Callable[[Mapping[str, Any], str], NewTask]
    took: Callable[[], None]


def behind_of(request: Request) -> Behind:
    return cast("Behind", request.state.pages)


Wired = Annotated[Behind, Depends(behind_of)]


class PageRoute(APIRoute):
    """A route whose refusals are pages too, for whoever asks for HTML; others get the API's problem."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_explain(request: Request) -> Response:
            try:
                return await handle(request)
            except EngineError as error:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                return page("refused.html", {"message": str(error)}, _status_of(error))

        return handle_or_explain


def _status_of(error: EngineError) -> int:
    match error:
        case TaskNotFound():
            return 404
        case BadCursor():
            return 400
        case QueueFull():
            return 429
        case _:
            return 409


def page(template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
    """A rendered page; nothing in it may come from another origin or run inline."""
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(render(template, **facts), status, headers=headers)


def add_pages(app: FastAPI, guard: Callable[..., Any]) -> None:
    """Serves the dashboard; `guard` is the dependency that gives the caller or raises."""
    app.mount("/static", StaticFiles(directory=str(files("app.ui") / "static")), name="static")
    app.include_router(_router(guard))


def _router(guard: Callable[..., Any]) -> APIRouter:
    router = APIRouter(route_class=PageRoute, dependencies=[Depends(guard)], include_in_schema=False)
    router.add_api_route("/", show_tasks, methods=["GET"])
    router.add_api_route("/new", show_form, methods=["GET"])
    router.add_api_route("/backends", show_backends, methods=["GET"])
    router.add_api_route("/tasks/{task_id}", show_task, methods=["GET"])
    router.add_api_route("/tasks/{task_id}/{verb}", act, methods=["POST"])

    # The default, not `Annotated`: annotations are strings here, and `guard` is no global to find by one.
    async def post_form(request: Request, behind: Wired, caller: str = Depends(guard)) -> Response:
        return await _submit(request, behind, caller)

    router.add_api_route("/tasks", post_form, methods=["POST"])
    return router


async def show_tasks(
    behind: Wired,
    status: Annotated[Status | None, Query()] = None,
    before: Annotated[str | None, Query()] = None,
) -> Response:
    tasks, following = await behind.tasks.list(page_size=PAGE_SIZE, before=before, status=status)
    counts = await behind.tasks.counts()
    facts = {
        "tasks": tasks,
        "counts": [(each, counts.get(each, 0)) for each in Status],
        "total": sum(counts.values()),
        "status": status,
        "following": following,
    }
    return page("tasks.html", facts)


async def show_task(behind: Wired, task_id: str) -> Response:
    task = await behind.tasks.get(task_id)
    facts = await facts_of(behind.tasks, task)
    return page("task.html", {"task": task, "actions": actions_of(task), "facts": facts})


async def show_form() -> Response:
    return _form({}, None)


def _form(fields: Mapping[str, str], problem: str | None) -> Response:
    facts = {"fields": fields, "modes": list(Mode), "approvals": list(Approval), "problem": problem}
    return page("new.html", facts, 200 if problem is None else 422)


async def show_backends(behind: Wired) -> Response:
    return page("backends.html", {"backends": await behind.backends()})


async def act(behind: Wired, task_id: str, verb: str) -> Response:
    """Does what a button says, then shows the task, or the list where it is gone."""
    if verb not in _VERBS:
        raise TaskNotFound(f"the action {verb!r}")
    await getattr(behind.tasks, verb)(task_id)
    return RedirectResponse("/" if verb == "delete" else f"/tasks/{quote(task_id, safe='')}", 303)


async def _submit(request: Request, behind: Behind, caller: str) -> Response:
    fields: dict[str, str] = {}
    try:
        fields = await _fields(request)
        new = behind.accept({name: value for name, value in fields.items() if value}, caller)
    except ValueError as problem:
        return _form(fields, str(problem))
    task, _ = await behind.tasks.submit(new)
    behind.took()
    return RedirectResponse(f"/tasks/{quote(task.id, safe='')}", 303)


async def _fields(request: Request) -> dict[str, str]:
    """The form's fields, line ends as the author typed them: browsers send CRLF. Raises ValueError."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_FORM_BYTES:
            raise ValueError("The form is too large; post the instruction to /v1/tasks instead.")
    pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict")
    return {name: value.replace("\r\n", "\n") for name, value in pairs}
