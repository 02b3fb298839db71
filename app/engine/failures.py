"""Model calls that failed for good, as they are stored beside the replies."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.llm.errors import LlmError

_MARK = "failure"


def dump(error: LlmError) -> str:
    return json.dumps({_MARK: type(error).__name__, "fields": vars(error)}, default=str)


def load(stored: str) -> LlmError | None:
    """The failure; None for the outcome of a call that went well."""
    if not stored.startswith(f'{{"{_MARK}"'):
        return None
    told = json.loads(stored)
    kind = next((kind for kind in _kinds(LlmError) if kind.__name__ == told[_MARK]), LlmError)
    fields = told["fields"]
    error = kind(fields["detail"], server=fields["server"])
    vars(error).update(fields)
    return error


def _kinds(kind: type[LlmError]) -> Iterator[type[LlmError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
