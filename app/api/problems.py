"""Problems: every 4xx and 5xx of the service as RFC 9457 `application/problem+json`.

ApiProblem is raised by the API's own code; the engine's refusals, the framework's HTTP errors and failed
validation are turned into the same shape by the handlers that `install` sets up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.api import catalogue
from app.api.catalogue import ProblemType
from app.engine.errors import (
    OUTAGES,
    BadCursor,
    EngineError,
    IdempotencyMismatch,
    QueueFull,
    Refused,
    TaskNotFound,
)

MEDIA_TYPE = "application/problem+json"
_OUTAGE_RETRY_S = 5
_log = structlog.get_logger("jr.api")
Errors = Sequence[tuple[str, str]]


class ApiProblem(Exception):
    """A request that gets no more than a problem.

    `errors` are (JSON pointer, sentence) pairs, `members` further members of the problem object.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        code: str | None = None,
        errors: Errors = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.code = code or kind.code
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    def response(self, request_id: str) -> Response:
        """The problem on the wire; a pointer list is there only where values are at fault."""
        body: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            **self.members,
        }
        if self.errors:
            body["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in self.errors]
        content = json.dumps(body, ensure_ascii=True)
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(content, self.kind.status, headers=headers, media_type=MEDIA_TYPE)


def pointer_to(location: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a location."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def invalid_values(errors: Iterable[Mapping[str, Any]]) -> ApiProblem:
    """The 422 for pydantic's list of errors; locations start at the body, "query", "path" or "header"."""
    found = [(pointer_to(_printable(part) for part in e["loc"]), _printable(str(e["msg"]))) for e in errors]
    first, count = found[0], len(found)
    detail = f"{first[0] or 'the body'}: {first[1]}" + (f" (and {count - 1} more)" if count > 1 else "")
    return ApiProblem(catalogue.VALIDATION_FAILED, detail, errors=found)


def _printable(part: str | int) -> str:
    return str(part).encode("utf-8", "replace").decode()


def declared(*kinds: ProblemType) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses for the problems an operation may answer with."""
    schema = {"$ref": "#/components/schemas/ProblemView"}
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        known = by_status.setdefault(
            kind.status, {"description": "", "content": {MEDIA_TYPE: {"schema": schema}}}
        )
        known["description"] = f"{known['description']} {kind.title} (`{kind.code}`).".lstrip()
    return by_status


def problem_of(error: Exception) -> ApiProblem:
    """The problem that an expected error is; raises any other."""
    match error:
        case ApiProblem():
            return error
        case EngineError():
            return of_engine(error)
        case HTTPException():
            return of_framework(error)
        case RequestValidationError():
            return invalid_values(error.errors())
        case _ if isinstance(error, OUTAGES):
            return of_outage(error)
        case _:
            raise error


def of_outage(error: Exception) -> ApiProblem:
    """The database is away: the cause is for the log, the caller is told to come again."""
    _log.warning("the database does not answer", error=str(error).splitlines()[0])
    headers = {"Retry-After": str(_OUTAGE_RETRY_S)}
    return ApiProblem(catalogue.UNAVAILABLE, catalogue.UNAVAILABLE.advice, headers=headers)


def of_engine(error: EngineError) -> ApiProblem:
    """What a refusal of the engine means over HTTP."""
    match error:
        case TaskNotFound():
            return ApiProblem(catalogue.NOT_FOUND, str(error))
        case IdempotencyMismatch():
            pointers = (("/header/Idempotency-Key", str(error)),)
            return ApiProblem(catalogue.IDEMPOTENCY_KEY_REUSED, str(error), errors=pointers)
        case QueueFull():
            return ApiProblem(
                catalogue.QUEUE_FULL,
                str(error),
                headers={"Retry-After": str(error.retry_after_s)},
                members={"place": error.place},
            )
        case Refused():
            members = {"paths": list(error.paths)} if error.paths else {}
            return ApiProblem(catalogue.CONFLICT, error.detail, code=error.code, members=members)
        case BadCursor():
            pointers = (("/query/page_token", str(error)),)
            return ApiProblem(catalogue.INVALID_PAGE_TOKEN, str(error), errors=pointers)
        case _:
            raise error


def of_framework(error: HTTPException) -> ApiProblem:
    """The framework's own 404, 405, … in the service's shape."""
    kind = catalogue.BY_STATUS.get(error.status_code)
    if kind is None:
        is_ours = error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        kind = catalogue.INTERNAL if is_ours else catalogue.BAD_REQUEST
    detail = kind.advice if error.detail == HTTPStatus(error.status_code).phrase else str(error.detail)
    return ApiProblem(kind, detail, headers=error.headers)


def request_id_of(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


def install(app: FastAPI) -> None:
    """Lets `app` answer every error with a problem."""
    for kind in (ApiProblem, EngineError, HTTPException, RequestValidationError, *OUTAGES):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.kind is catalogue.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem.response(request_id_of(request))


def _methods(request: Request) -> set[str]:
    """All methods of a path: the framework itself names those of the first route alone."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path and route.methods and compile_path(route.path)[0].match(request.url.path):
            found |= route.methods
    return found | {"HEAD"} if "GET" in found else found
