"""The OpenAPI document: bodies, headers and problems that routes declare, and the whole of it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.api import catalogue
from app.api.bodies import JSON, MARKDOWN, NewTaskBody
from app.api.fields import MAX_INSTRUCTION_BYTES
from app.api.problems import MEDIA_TYPE, declared
from app.api.reports import ProblemView

_REF = "#/components/schemas/{model}"
_UNSAFE = frozenset({"post", "put", "patch", "delete"})
TAGS = [
    {"name": "tasks", "description": "Post an instruction, follow the task, decide about it."},
    {"name": "results", "description": "What a task did and made: events, artifacts, files, diff, archive."},
    {"name": "instructions", "description": "See how an instruction is understood before posting it."},
    {"name": "service", "description": "The service itself: model servers, health, metrics."},
]
DESCRIPTION = (
    "Jr reads an instruction, decides what it owes, has a small model plan and a large model write, checks "
    "every byte, writes all of it or none, and says exactly what it did."
)


def _header(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


_TASK_HEADERS = {
    "ETag": _header("Weak, from the task's version.", {"type": "string"}),
    "Retry-After": _header("Seconds until another look pays; while it has not ended.", {"type": "integer"}),
    "Preference-Applied": _header("The `wait` that was honoured.", {"type": "string"}),
}
HEADERS = {
    "task": _TASK_HEADERS,
    "new": {
        "Location": _header("The task.", {"type": "string", "format": "uri-reference"}),
        "Idempotent-Replayed": _header("`true` where the key was used before.", {"type": "string"}),
        **_TASK_HEADERS,
    },
}


def posts_an_instruction() -> dict[str, Any]:
    """The body of an operation that takes an instruction, as JSON or as markdown."""
    markdown = {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_INSTRUCTION_BYTES,
        "pattern": r"^[^\x00]+$",
    }
    content = {
        JSON: {"schema": {"$ref": _REF.format(model=NewTaskBody.__name__)}},
        MARKDOWN: {"schema": markdown, "example": "# Hello\n\nCreate a file `hello.py` that prints Hello.\n"},
    }
    return {"requestBody": {"required": True, "content": content}}


def bytes_answer(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that gives bytes: whole, in part, or not again."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    headers = {
        "ETag": _header("The SHA-256 of the bytes.", {"type": "string"}),
        "Repr-Digest": _header("The same by RFC 9530.", {"type": "string"}),
        "Content-Disposition": _header("Always an attachment.", {"type": "string"}),
    }
    length = {"Content-Range": _header("Which bytes these are.", {"type": "string"})}
    return {
        200: {"description": "The bytes.", "content": content, "headers": headers},
        206: {"description": "The `Range` of them.", "content": content, "headers": headers | length},
        304: {"description": "`If-None-Match` names these bytes."},
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of all routes of `app`, with what no single route declares."""
    document = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, tags=TAGS, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    for model in (NewTaskBody, ProblemView):
        _add(schemas, model)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _add(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    kinds = [catalogue.MISDIRECTED, catalogue.INTERNAL, catalogue.UNAVAILABLE]
    if method in _UNSAFE:
        kinds.append(catalogue.CROSS_SITE)
    responses = operation["responses"]
    for status, answer in declared(*kinds).items():
        responses.setdefault(str(status), answer)
    if "422" in responses and MEDIA_TYPE not in responses["422"].get("content", {}):
        responses["422"] = declared(catalogue.VALIDATION_FAILED)[422]
    operation["responses"] = dict(sorted(responses.items()))
