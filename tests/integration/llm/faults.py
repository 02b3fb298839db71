"""A fault that a script of replies can play, and the words to write one in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.llm.call import Completion
from app.llm.errors import (
    LlmError,
)
from tests.fakes.reply import Reply
from tests.fakes.wire import CUT, Act, head
from tests.integration.llm.world import HASTY, OLLAMA, VLLM, Server

BOTH = (OLLAMA, VLLM)
QUICK = {"clocks": HASTY}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}


def nothing_more(result: Any, server: Server) -> None:
    """There is nothing else to see to."""


@dataclass(frozen=True)
class Fault:
    """What a server does, what the call must come to, and how many requests that takes (None: any)."""

    id: str
    dialects: Sequence[str]
    replies: Sequence[Reply]
    expected: type[LlmError] | str
    sent: int | None = None
    call: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)
    see: Callable[[Any, Server], None] = nothing_more
    name: str = ""


def hung_up(result: Any, server: Server) -> None:
    assert all(seen.disconnected is not None for seen in server.calls), "the connection was left open"


def several(result: Any, server: Server) -> None:
    """A busy PM is asked again as long as its pauses, which are drawn, come to 20 s in all."""
    assert len(server.calls) in (5, 6)


def numbers(prompt_tokens: int | None, window: int | None) -> Callable[[Any, Server], None]:
    def see(result: Any, server: Server) -> None:
        assert (result.prompt_tokens, result.window) == (prompt_tokens, window)

    return see


def says(*words: str) -> Callable[[Any, Server], None]:
    def see(result: Any, server: Server) -> None:
        assert all(word in str(result) for word in words), str(result)

    return see


def hides_the_key(result: Any, server: Server) -> None:
    assert "s3cret" not in f"{result!r} {result} {result.__cause__!r}"


def thinks(result: Completion, server: Server) -> None:
    assert result.thinking == "hm"


def frame(text: str = "", finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]}


def ends(*events: Any, text: str = "one two three") -> list[Reply]:
    return [Reply(text, end=list(events), times=None)]


def refuses(status: int, body: Any, **headers: str) -> list[Reply]:
    return [Reply(status=status, body=body, headers=headers, times=None)]


SLOWLY = [act for byte in head(200, {"Content-Type": "text/event-stream"}) for act in (bytes([byte]), 0.05)]
USAGE = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 3}}
NOT_DONE = {"model": "executive_jr", "response": "", "done": False}
CONTEXT = "This model's maximum context length is 4096 tokens. However, "
TOO_LONG_INSIDE = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (5000 tokens) exceeds the available context size (4096 tokens)",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 5000,
            "n_ctx": 4096,
        }
    }
)
WHOLE = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
OLD_HTTP: list[bytes | float | Act] = [b"HTTP/1.0 200 OK\r\n\r\n", json.dumps(WHOLE, indent=2).encode(), CUT]
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
ZIPPED = gzip.compress(
    json.dumps(
        {
            "choices": [{"message": {"content": "zipped"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1},
        }
    ).encode()
)
