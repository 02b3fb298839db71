"""The faults of the catalogue that a script of replies can play, each with the one right outcome."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.llm.call import Completion
from app.llm.config import Clocks
from app.llm.errors import (
    AuthError,
    BackendOverloaded,
    BackendUnavailable,
    ConfigError,
    ContextOverflow,
    DeadlineExceeded,
    FirstTokenTimeout,
    GenerationAborted,
    LlmError,
    MalformedResponse,
    ModelNotFound,
    OutputInvalid,
    PromptTruncated,
    Repetition,
    SchemaUnsupported,
    StallTimeout,
    StreamInterrupted,
)
from tests.fakes.reply import Reply
from tests.fakes.vllm import DONE, error, failure
from tests.fakes.wire import CUT, HANG, RESET, Act, head, plain
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

CONNECTIONS = [
    Fault("F04", BOTH, [Reply(raw=[RESET], times=None)], BackendUnavailable, sent=2),
    Fault("F04", BOTH, [Reply(raw=[RESET]), Reply("fine")], "fine", sent=2, name="once"),
    Fault("F06", BOTH, [Reply(raw=[HANG])], FirstTokenTimeout, sent=1, client=QUICK, see=hung_up),
    Fault("F07", BOTH, [Reply(raw=SLOWLY)], FirstTokenTimeout, sent=1, client=QUICK, see=hung_up),
    Fault(
        "F08",
        BOTH,
        [Reply("late", first_s=1.5)],
        "late",
        sent=1,
        client=QUICK,
        call={"prompt": "long " * 8000},
    ),
    Fault(
        "F09",
        (VLLM,),
        [Reply(start=[b": keep-alive\n\n", 0.1] * 40)],
        FirstTokenTimeout,
        client=QUICK,
        see=hung_up,
    ),
    Fault("F09", (OLLAMA,), [Reply(start=[b"\n", 0.1] * 40)], FirstTokenTimeout, client=QUICK, see=hung_up),
    Fault("F10", BOTH, ends(HANG), StallTimeout, sent=1, client=QUICK, see=hung_up),
    Fault(
        "F11",
        BOTH,
        [Reply("a " * 999, token_s=0.05)],
        DeadlineExceeded,
        sent=1,
        call={"deadline_s": 0.5},
        see=hung_up,
    ),
    Fault(
        "F11",
        BOTH,
        [Reply("a " * 999, token_s=0.2)],
        StallTimeout,
        sent=1,
        client=QUICK,
        see=says("characters in", "too slow"),
        name="too slow",
    ),
    Fault(
        "F10",
        (VLLM,),
        ends(*[b": keep-alive\n\n", 0.1] * 60),
        StallTimeout,
        sent=1,
        client=QUICK,
        see=hung_up,
        name="nothing but comments",
    ),
    Fault(
        "F10",
        (OLLAMA,),
        ends(*[b"\n", 0.1] * 60),
        StallTimeout,
        sent=1,
        client=QUICK,
        see=hung_up,
        name="nothing but blank lines",
    ),
    Fault("F12", BOTH, ends(RESET), StreamInterrupted, sent=2),
    Fault("F12", BOTH, ends(CUT), StreamInterrupted, sent=2, name="closed"),
    Fault("F12", BOTH, [*[Reply("one two", end=[CUT])], Reply("fine")], "fine", sent=2, name="once"),
    Fault("F13", (VLLM,), ends(), StreamInterrupted, sent=2),
    Fault("F14", (VLLM,), ends(DONE), StreamInterrupted, sent=2),
    Fault("F15", (VLLM,), ends(frame(finish="stop"), USAGE), "one two three", sent=1),
]

REFUSALS = [
    Fault("F16", (VLLM,), ends(*failure(500, "boom")), BackendUnavailable, sent=2),
    Fault(
        "F17",
        (VLLM,),
        [Reply(start=failure(400, "Failed to compile json_schema"))],
        SchemaUnsupported,
        sent=1,
    ),
    Fault("F18", (VLLM,), [Reply(start=failure(503, "busy"), times=2), Reply("fine")], "fine", sent=3),
    Fault(
        "F19",
        (OLLAMA,),
        ends({"error": "model runner has unexpectedly stopped, see its log"}),
        BackendUnavailable,
        sent=2,
    ),
    Fault("F20", (OLLAMA,), ends(NOT_DONE), GenerationAborted, sent=2),
    Fault("F20", (OLLAMA,), ends(NOT_DONE, text="x = [" + "0, " * 40), Repetition, sent=2, name="loop"),
    Fault("F20", (OLLAMA,), refuses(200, NOT_DONE), GenerationAborted, sent=2, name="unary"),
    Fault(
        "F21",
        (OLLAMA,),
        refuses(500, {"error": "prediction aborted, token repeat limit reached"}),
        Repetition,
        sent=2,
    ),
    Fault("F22", (OLLAMA,), [Reply()], ModelNotFound, sent=0, server={"models": ("other",)}),
    Fault(
        "F23",
        (OLLAMA,),
        refuses(400, {"error": TOO_LONG_INSIDE}),
        ContextOverflow,
        sent=1,
        see=numbers(5000, 4096),
    ),
    Fault("F24", (OLLAMA,), [Reply("{}", prompt_tokens=8194)], PromptTruncated, sent=1),
    Fault(
        "F24",
        (OLLAMA,),
        [Reply("{}", prompt_tokens=8194, times=None)],
        PromptTruncated,
        sent=2,
        call={"prompt": "some words " * 2700},
        name="a count that might be honest",
    ),
    Fault("F25", (OLLAMA,), [Reply("{}", prompt_tokens=None)], "{}", sent=1),
    Fault(
        "F25",
        (OLLAMA,),
        [Reply("{}", prompt_tokens=None)],
        PromptTruncated,
        sent=1,
        call={"prompt": "some words " * 3500},
        name="long",
    ),
    Fault(
        "F26",
        (OLLAMA,),
        refuses(503, {"error": "server busy, please try again.  maximum pending requests"}),
        BackendOverloaded,
        sent=6,
    ),
    Fault(
        "F28", (OLLAMA,), [Reply("", thinking='{"a": 1}')], OutputInvalid, sent=1, see=says("think: false")
    ),
    Fault("F29", (OLLAMA,), refuses(403, ""), ConfigError, sent=1, see=says("OLLAMA_HOST", "127.0.0.1")),
    Fault("F31", (VLLM,), [Reply()], ModelNotFound, sent=1, client={"coder_model": "x"}),
    Fault("F31", (VLLM,), refuses(404, {"detail": "Not Found"}), ConfigError, sent=1, see=says("base URL")),
    Fault(
        "F32",
        (VLLM,),
        [Reply()],
        AuthError,
        sent=1,
        server={"api_key": "other"},
        client={"vllm_api_key": "s3cret", "coder_model": "coder"},
        see=hides_the_key,
    ),
    *(
        Fault(
            "F30",
            (VLLM,),
            refuses(400, error(400, message, param=param)),
            ContextOverflow,
            sent=1,
            see=numbers(*sizes),
            name=message[-24:],
        )
        for message, param, sizes in (
            (
                CONTEXT + "your prompt contains 5000 input tokens, which exceeds this limit even without any "
                "output tokens. Please reduce the length of the input prompt.",
                "input_tokens",
                (5000, 4096),
            ),
            (
                CONTEXT + "your prompt contains at least 4097 input tokens, which exceeds this limit.",
                "input_tokens",
                (4097, 4096),
            ),
            (
                CONTEXT + "your prompt contains 90000 characters (more than 32768 characters, the most).",
                "input_text",
                (None, 4096),
            ),
            (
                CONTEXT + "you requested 5512 tokens (5000 in the messages, 512 in the completion).",
                None,
                (5000, 4096),
            ),
            (
                "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
                None,
                (5000, 4096),
            ),
        )
    ),
]

BODIES = [
    Fault("F36", (VLLM,), refuses(200, WHOLE), "whole", sent=1, name="not streamed"),
    Fault("F36", (VLLM,), [Reply(raw=OLD_HTTP)], "whole", sent=1, name="HTTP/1.0, indented, no length"),
    Fault("F36", BOTH, refuses(502, HTML), BackendUnavailable, sent=2, see=says("Bad Gateway")),
    Fault("F36", BOTH, refuses(504, HTML), BackendUnavailable, sent=2, name="late"),
    Fault(
        "F36",
        BOTH,
        refuses(200, "<html>log in</html>", **{"Content-Type": "text/html"}),
        MalformedResponse,
        sent=2,
        name="login page",
    ),
    Fault("F36", BOTH, refuses(302, "", Location="/login"), ConfigError, sent=1, name="redirect"),
    Fault(
        "F36",
        (VLLM,),
        refuses(200, ZIPPED, **{"Content-Type": "application/json", "Content-Encoding": "gzip"}),
        "zipped",
        name="gzip",
    ),
    Fault(
        "F36",
        BOTH,
        [Reply(raw=[plain(200, {"response": "x", "done": True})[:-5], CUT], times=None)],
        StreamInterrupted,
        sent=2,
        name="short body",
    ),
    Fault(
        "F38",
        BOTH,
        [Reply(raw=[head(200, {}), *[b"x" * 65536] * 1600], times=None)],
        MalformedResponse,
        name="a line without end",
    ),
    Fault(
        "F38",
        (VLLM,),
        [
            Reply(
                "",
                start=[b'data: {"choices": [{"index": 0, "delta": {"content": ""}}]}\n\n' * 1000] * 1300,
                times=None,
            )
        ],
        MalformedResponse,
        call={"deadline_s": 600.0},
        client={"clocks": Clocks(stall_s=600.0)},
        name="empty deltas",
    ),
]

FINISHES = [
    Fault("F39", BOTH, [Reply('{"a": ', finish="length")], '{"a": ', sent=1, name="length"),
    Fault("F39", (VLLM,), [Reply(finish="abort", times=None)], GenerationAborted, sent=2, name="abort"),
    Fault("F39", (VLLM,), [Reply(finish="repetition", times=None)], Repetition, sent=2, name="repetition"),
    Fault("F39", (VLLM,), [Reply(finish="tool_calls", times=None)], MalformedResponse, name="tool calls"),
    Fault("F39", (VLLM,), [Reply(finish="foo", times=None)], MalformedResponse, name="unknown"),
    Fault("F39", (OLLAMA,), [Reply(finish="foo", times=None)], GenerationAborted, name="unknown"),
    Fault("F39", (VLLM,), refuses(200, {"choices": []}), MalformedResponse, name="no choices"),
    Fault("F39", (VLLM,), refuses(200, frame("x", "stop", 1)), MalformedResponse, name="index 1 only"),
    Fault(
        "F39",
        (VLLM,),
        [Reply(start=[*[frame("\n")] * 5000, HANG], times=None)],
        Repetition,
        sent=2,
        call={"schema": SCHEMA},
        name="blanks",
        see=hung_up,
    ),
    Fault(
        "F39",
        (OLLAMA,),
        [Reply(start=[*[{"response": "\n", "done": False}] * 5000, HANG], times=None)],
        Repetition,
        sent=2,
        call={"schema": SCHEMA},
        name="blanks",
        see=hung_up,
    ),
    Fault("F39", BOTH, [Reply("! " * 5 + "!" * 300 + " x", times=None)], Repetition, name="bangs"),
    Fault("F39", BOTH, [Reply('<think>hm</think>{"a": 1}')], '{"a": 1}', name="thinking", see=thinks),
]

SCRIPTED = [*CONNECTIONS, *REFUSALS, *BODIES, *FINISHES]
