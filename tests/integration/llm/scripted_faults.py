"""The faults of the catalogue that a script of replies can play, each with the one right outcome."""

from __future__ import annotations

from app.llm.config import Clocks
from app.llm.errors import (
    BackendUnavailable,
    ConfigError,
    DeadlineExceeded,
    FirstTokenTimeout,
    GenerationAborted,
    MalformedResponse,
    Repetition,
    StallTimeout,
    StreamInterrupted,
)
from tests.fakes.reply import Reply
from tests.fakes.vllm import DONE
from tests.fakes.wire import CUT, HANG, RESET, head, plain
from tests.integration.llm.faults import (
    BOTH,
    HTML,
    OLD_HTTP,
    QUICK,
    SCHEMA,
    SLOWLY,
    USAGE,
    WHOLE,
    ZIPPED,
    Fault,
    ends,
    frame,
    hung_up,
    refuses,
    says,
    thinks,
)
from tests.integration.llm.refused_faults import REFUSALS
from tests.integration.llm.world import OLLAMA, VLLM

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
