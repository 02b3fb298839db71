"""A stand-in for vLLM: `/v1/chat/completions` as server-sent events, and what else its users ask it.

It keeps vLLM's habits: errors inside a 200 stream are followed by `[DONE]`, `max_completion_tokens` past
the window is clamped in silence, fields it does not know are ignored, a prefix cache works in blocks of
sixteen tokens and reports its hits only with `details`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from tests.fakes.reply import Reply, Script, Scripted, tokens, words
from tests.fakes.wire import Acts, Seen, Wire, chunk, head, plain

DONE = b"data: [DONE]\n\n"
_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"}
_BLOCK_BYTES = 64


def error(
    code: int, message: str, *, param: str | None = None, kind: str = "BadRequestError"
) -> dict[str, Any]:
    """The error object, as a body or as an event in a stream."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def failure(code: int, message: str, **more: Any) -> list[Any]:
    """What vLLM streams when it fails after it has said 200."""
    return [error(code, message, **more), DONE]


class FakeVllm(Wire):
    """vLLM as far as Jr asks it; `base` is the URL with `/v1`."""

    generates = frozenset({"/v1/chat/completions"})

    def __init__(
        self,
        script: Script = None,
        *,
        models: tuple[str, ...] = ("coder",),
        window: int = 32768,
        api_key: str | None = None,
        details: bool = True,
        tokenize: bool = True,
        version: str | None = "0.33.0",
        healthy: bool = True,
        port: int = 0,
        idle_s: float | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__(port=port, idle_s=idle_s, host=host)
        self.choose, self.models, self.window = Scripted(script), models, window
        self.api_key, self.details, self.tokenize = api_key, details, tokenize
        self.healthy, self.version = healthy, version
        self.prefix_hits = self.prefix_queries = 0
        self._blocks: set[bytes] = set()

    @property
    def base(self) -> str:
        return f"{self.url}/v1"

    async def answer(self, seen: Seen) -> Acts:
        guarded = seen.path.startswith("/v1") and self.api_key is not None
        if guarded and seen.headers.get("authorization") != f"Bearer {self.api_key}":
            yield plain(401, {"error": "Unauthorized"})
        elif seen.path in self.generates:
            async for act in self._generate(seen):
                yield act
        else:
            yield self._other(seen)

    def _other(self, seen: Seen) -> bytes:
        listed = [{"id": name, "object": "model", "max_model_len": self.window} for name in self.models]
        replies: dict[str, bytes] = {
            "/v1/models": plain(200, {"object": "list", "data": listed}),
            "/health": plain(200 if self.healthy else 503, ""),
            "/metrics": plain(200, self._metrics()),
        }
        if self.version is not None:
            replies["/version"] = plain(200, {"version": self.version})
        if self.tokenize:
            replies["/tokenize"] = plain(200, {"count": tokens(seen.prompt), "max_model_len": self.window})
        return replies.get(seen.path, plain(404, {"detail": "Not Found"}))

    def _metrics(self) -> str:
        return (
            f"vllm:num_requests_running {self.in_flight}\nvllm:num_requests_waiting 0\n"
            f"vllm:prefix_cache_queries_total {self.prefix_queries}\n"
            f"vllm:prefix_cache_hits_total {self.prefix_hits}\n"
        )

    async def _generate(self, seen: Seen) -> Acts:
        if seen.body.get("model") not in self.models:
            name = seen.body.get("model")
            yield plain(
                404, error(404, f"The model `{name}` does not exist.", param="model", kind="NotFoundError")
            )
            return
        reply = self.choose(seen)
        if reply.raw is not None:
            for act in reply.raw:
                yield act
        elif reply.status != 200 or reply.body is not None:
            yield reply.first_s
            yield plain(reply.status, reply.body, reply.headers)
        elif tokens(seen.prompt) >= self.window:
            yield plain(400, self._too_long(tokens(seen.prompt)))
        else:
            async for act in self._stream(seen, reply):
                yield act

    def _too_long(self, count: int) -> dict[str, Any]:
        return error(
            400,
            f"This model's maximum context length is {self.window} tokens. However, your prompt contains "
            f"{count} input tokens, which exceeds this limit even without any output tokens. "
            "Please reduce the length of the input prompt.",
            param="input_tokens",
        )

    async def _stream(self, seen: Seen, reply: Reply) -> Acts:
        yield head(200, {**_STREAM, **reply.headers})
        async for event in self._events(seen, reply):
            if isinstance(event, dict):
                yield chunk(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n")
            else:
                yield chunk(event) if isinstance(event, bytes) else event
        yield chunk(b"")

    async def _events(self, seen: Seen, reply: Reply) -> AsyncGenerator[Any, None]:
        for event in reply.start:
            yield event
        yield reply.first_s
        frame = {"id": f"chatcmpl-{seen.headers.get('x-request-id', '1')}", "object": "chat.completion.chunk"}
        frame["model"] = seen.body["model"]
        yield frame | _delta({"role": "assistant", "content": ""})
        for field, text in (("reasoning", reply.thinking), ("content", reply.text)):
            for word in words(text):
                yield frame | _delta({field: word})
                yield reply.token_s
        if reply.end is not None:
            for event in reply.end:
                yield event
            return
        yield frame | _delta({"content": ""}, finish=reply.finish)
        if seen.body.get("stream_options", {}).get("include_usage"):
            yield frame | {"choices": [], "usage": self._usage(seen, reply)}
        yield DONE

    def _usage(self, seen: Seen, reply: Reply) -> dict[str, Any]:
        cached = self._cached(seen.prompt)
        prompt = tokens(seen.prompt) if reply.prompt_tokens == -1 else reply.prompt_tokens
        completion = tokens(reply.text) if reply.completion_tokens == -1 else reply.completion_tokens
        usage: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion}
        if self.details and reply.cached_tokens is not None:
            said = cached if reply.cached_tokens == -1 else reply.cached_tokens
            usage["prompt_tokens_details"] = {"cached_tokens": said}
        return {name: value for name, value in usage.items() if value is not None}

    def _cached(self, prompt: str) -> int:
        data = prompt.encode()
        marks = [
            hashlib.sha256(data[:end]).digest() for end in range(_BLOCK_BYTES, len(data) + 1, _BLOCK_BYTES)
        ]
        hits = 0
        while hits < len(marks) and marks[hits] in self._blocks:
            hits += 1
        self._blocks.update(marks)
        self.prefix_queries += tokens(prompt)
        self.prefix_hits += hits * 16
        return hits * 16


def _delta(delta: dict[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}
