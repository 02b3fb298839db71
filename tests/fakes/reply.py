"""What a stand-in model server says: replies, the scripts that choose them, and text for a schema.

A script is a function from the request to a `Reply` (or to its text), or a list of them: each request takes
the first whose `when` is found in its prompt and which has `times` left; the last reply of a list does
not run out. Without a script a server answers a schema with a small value that is valid for it, and
everything else with "ok".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wire import Act, Seen

BYTES_PER_TOKEN = 4
Event = bytes | float | Act | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    `text` is streamed word by word, `token_s` seconds apart, after `first_s` seconds. `finish` is the
    reason given at the end. With `status` other than 200, or a `body`, nothing is generated: the body is
    sent as it stands (JSON unless bytes or str). `start` and `end` are events in the stream before and
    after the text; `end` replaces the server's own closing events, an empty one leaves a clean end without
    a word. An event is a JSON object in the dialect's framing, bytes of the body as they stand, seconds, or
    an act (`HANG`, `CUT`, `RESET`). `raw` replaces the whole reply, status line included. Token counts:
    -1 means counted (a token is four bytes), None leaves the field out.
    """

    text: str = "ok"
    finish: str | None = "stop"
    thinking: str = ""
    when: str = ""
    times: int | None = 1
    first_s: float = 0.0
    token_s: float = 0.0
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    start: Sequence[Event] = ()
    end: Sequence[Event] | None = None
    raw: Sequence[bytes | float | Act] | None = None
    prompt_tokens: int | None = -1
    completion_tokens: int | None = -1
    cached_tokens: int | None = -1


Script = Callable[[Seen], Reply | str] | Sequence[Reply | str] | None


class Scripted:
    """Chooses a reply for each request."""

    def __init__(self, script: Script) -> None:
        self._choose = script if callable(script) else None
        lines = () if script is None or callable(script) else script
        self._lines = [Reply(line) if isinstance(line, str) else line for line in lines]
        self._left = [line.times for line in self._lines]
        if self._left:
            self._left[-1] = None

    def __call__(self, seen: Seen) -> Reply:
        if self._choose is not None:
            chosen = self._choose(seen)
            return Reply(chosen) if isinstance(chosen, str) else chosen
        for index, line in enumerate(self._lines):
            left = self._left[index]
            if left != 0 and line.when in seen.prompt:
                self._left[index] = None if left is None else left - 1
                return line
        return Reply(json.dumps(sample(seen.schema)) if seen.schema else "ok")


def tokens(text: str) -> int:
    """How many tokens a stand-in counts: one for each four bytes, begun ones too."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def words(text: str) -> list[str]:
    """The pieces a text is streamed in."""
    return re.findall(r"\s*\S+\s*|\s+", text)


def sample(schema: Mapping[str, Any]) -> Any:
    """A small value that is valid for a schema of the portable subset."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    if schema.get("type") == "object":
        return {name: sample(inner) for name, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [sample(schema["items"])] * max(1, schema.get("minItems", 0))
    scalars: dict[str, Any] = {"string": "text", "integer": schema.get("minimum", 1), "boolean": True}
    return scalars.get(schema.get("type", ""))


def from_json(text: str) -> list[Reply]:
    """A script from a file: a JSON list of texts and of objects with `Reply`'s plain fields."""
    return [Reply(line) if isinstance(line, str) else Reply(**line) for line in json.loads(text)]
