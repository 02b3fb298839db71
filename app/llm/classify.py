"""Turns a refusal of either server into the one error it means: by status, code and param, then by words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from app.llm.errors import (
    AuthError,
    BackendOverloaded,
    BackendUnavailable,
    ConfigError,
    ContextOverflow,
    InvalidRequest,
    LlmError,
    ModelNotFound,
    Repetition,
    SchemaUnsupported,
)

_WINDOW = re.compile(
    r"maximum context length is (?P<window>\d+)"
    r"|context size \((?P<size>\d+) tokens\)"
    r"|max_model_len=(?P<len>\d+)"
    r"|maximum model length(?: of)? (?P<old>\d+)"
)
_PROMPT = re.compile(
    r"(?:prompt contains|contains at least|request \(|length|\() ?(?:at least )?(?P<n>\d+)"
    r"(?= (?:input )?tokens\)? exceed| input tokens| in the messages|\) is longer| tokens\) exceed)"
)
_TOO_LONG = re.compile(
    r"maximum context length|exceed_context_size|available context size|prompt is longer than the context"
    r"|longer than the maximum model length|exceeds the context|greater than max_model_len",
    re.IGNORECASE,
)
_SCHEMA = re.compile(
    r"grammar|json.?schema|guided|structured|response_format|invalid format|unsupported.*schema",
    re.IGNORECASE,
)
_CIRCLES = re.compile(r"repeat limit", re.IGNORECASE)
_NO_MODEL = re.compile(r"model.*(?:not found|does not exist)|try pulling", re.IGNORECASE | re.DOTALL)
_BUSY = re.compile(r"server busy|currently busy|queue|overload", re.IGNORECASE)
_GIVEN_UP_ON_THE_WAY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, 499)


def from_reply(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, *, server: str = ""
) -> LlmError:
    """The error that a whole refusal means."""
    said = _loads(body)
    fields = _fields(said)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        where = (headers or {}).get("location", "elsewhere")
        return ConfigError(f"the URL leads to {where}, not to a model server", server=server)
    if status == HTTPStatus.FORBIDDEN and not body.strip():
        return ConfigError(
            "the server refused the host name of its URL: use 127.0.0.1, or set OLLAMA_HOST on the server",
            server=server,
        )
    if status == HTTPStatus.NOT_FOUND and "error" not in (said if isinstance(said, dict) else {}):
        return ConfigError("nothing is served at this path: is the base URL right?", server=server, path=True)
    return from_error(
        status, fields, server=server, retry_after_s=retry_after((headers or {}).get("retry-after"))
    )


def from_event(error: object, *, server: str = "") -> LlmError:
    """The error that an error object within a 200 stream means."""
    fields = _fields({"error": error})
    return from_error(_status(fields.get("code")), fields, server=server)


def from_error(
    status: int, fields: Mapping[str, Any], *, server: str = "", retry_after_s: float | None = None
) -> LlmError:
    """The error that a status and the fields `message`, `param`, `n_prompt_tokens`, `n_ctx` mean."""
    message = str(fields.get("message") or "") or f"status {status}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthError(f"the server refuses the API key (status {status})", server=server)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return BackendOverloaded(message, server=server, retry_after_s=retry_after_s)
    if _too_long(message, fields):
        prompt_tokens, window = _sizes(message, fields)
        return ContextOverflow(message, server=server, prompt_tokens=prompt_tokens, window=window)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        why = f"the server, or a proxy before it, takes no request of this size: {message}"
        return ContextOverflow(why, server=server)
    if status == HTTPStatus.NOT_FOUND or fields.get("param") == "model":
        return _not_found(message, fields, server)
    return _by_words(status, message)(message, server=server)


def _by_words(status: int, message: str) -> type[LlmError]:
    if _CIRCLES.search(message):
        return Repetition
    ours = status < HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.NOT_IMPLEMENTED
    if status in _GIVEN_UP_ON_THE_WAY:
        return BackendUnavailable
    if ours or "invalid format" in message:
        return SchemaUnsupported if _SCHEMA.search(message) else InvalidRequest
    return BackendOverloaded if _BUSY.search(message) else BackendUnavailable


def retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header, as a number or a date; None for anything else."""
    if value is None:
        return None
    if _is_number(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()  # isdigit alone takes ², which no number is read from


def _too_long(message: str, fields: Mapping[str, Any]) -> bool:
    by_field = fields.get("param") in ("input_tokens", "input_text", "max_tokens", "max_completion_tokens")
    return bool(by_field or fields.get("type") == "exceed_context_size_error" or _TOO_LONG.search(message))


def _sizes(message: str, fields: Mapping[str, Any]) -> tuple[int | None, int | None]:
    prompt_tokens, window = fields.get("n_prompt_tokens"), fields.get("n_ctx")
    if prompt_tokens is None and (found := _PROMPT.search(message)):
        prompt_tokens = int(found["n"])
    if window is None and (found := _WINDOW.search(message)):
        window = int(next(group for group in found.groups() if group))
    return prompt_tokens, window


def _not_found(message: str, fields: Mapping[str, Any], server: str) -> LlmError:
    if fields.get("param") == "model" or _NO_MODEL.search(message):
        return ModelNotFound(message, server=server)
    return ConfigError(f"nothing is served at this path: {message}", server=server, path=True)


def _fields(said: object) -> dict[str, Any]:
    """The error's fields, wherever the server put them: an object, a string, or an object in a string."""
    if not isinstance(said, dict):
        return {"message": said if isinstance(said, str) else ""}
    inner = said.get("error", said.get("detail", said.get("message", "")))
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        inner = _loads(inner.encode())
    if isinstance(inner, dict):
        return _fields(inner) if "error" in inner else inner
    return {"message": inner if isinstance(inner, str) else json.dumps(inner)}


def _status(code: object) -> int:
    said = int(code) if isinstance(code, int) or (isinstance(code, str) and _is_number(code)) else 0
    return said if said >= HTTPStatus.BAD_REQUEST else HTTPStatus.INTERNAL_SERVER_ERROR


def _loads(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return " ".join(re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace")).split())[:300]
