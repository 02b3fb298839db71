"""The faults of the catalogue by which a server refuses, each with the one right outcome."""

from __future__ import annotations

from app.llm.errors import (
    AuthError,
    BackendOverloaded,
    BackendUnavailable,
    ConfigError,
    ContextOverflow,
    GenerationAborted,
    ModelNotFound,
    OutputInvalid,
    PromptTruncated,
    Repetition,
    SchemaUnsupported,
)
from tests.fakes.reply import Reply
from tests.fakes.vllm import error, failure
from tests.integration.llm.faults import (
    CONTEXT,
    NOT_DONE,
    TOO_LONG_INSIDE,
    Fault,
    ends,
    hides_the_key,
    numbers,
    refuses,
    says,
    several,
)
from tests.integration.llm.world import OLLAMA, VLLM

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
        see=several,
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
