"""Frozen values to JSON text and back, by their own annotations."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from app.domain import JsonObject

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(kind: Any, value: Any) -> str:
    """JSON text of a value whose type is `kind`, for instance `Progress` or `tuple[FileRecord, ...]`."""
    return _adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """The value again. Raises pydantic's ValidationError for text that `dump` did not make."""
    annotation: Any = kind
    value: T = _adapter(annotation).validate_json(text)
    return value


def dump_object(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def load_object(text: str) -> JsonObject:
    value: JsonObject = json.loads(text)
    return value
