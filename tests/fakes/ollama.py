"""A stand-in for Ollama: `/api/generate` in NDJSON, and what else its users ask it.

It keeps Ollama's habits that hurt: a prompt past `num_ctx` loses its middle in silence unless `truncate` is
false, a model is loaded on the first call and the load is lost when its caller hangs up, another `num_ctx`
loads the model again, and only `parallel` calls run at a time while the rest wait without a bound.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

from tests.fakes.reply import Reply, Script, Scripted, tokens, words
from tests.fakes.wire import Acts, Seen, Wire, chunk, head, plain

_STREAM = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}


class FakeOllama(Wire):
    """Ollama as far as Jr asks it. `loads` and `load_aborts` count what its scheduler did; it lists a model
    that it still loads, unless it does not `tell`.
    """

    generates = frozenset({"/api/generate"})

    def __init__(
        self,
        script: Script = None,
        *,
        models: tuple[str, ...] = ("executive_jr",),
        version: str = "0.33.0",
        parallel: int = 64,
        load_s: float = 0.0,
        tells: bool = True,
        on_gpu: float = 1.0,
        port: int = 0,
        idle_s: float | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__(port=port, idle_s=idle_s, host=host)
        self.choose, self.models, self.version = Scripted(script), models, version
        self.load_s, self.tells, self.on_gpu = load_s, tells, on_gpu
        self.loaded: dict[str, int] = {}
        self.loading: dict[str, int] = {}
        self.loads = self.load_aborts = 0
        self._running = asyncio.Semaphore(parallel)

    async def answer(self, seen: Seen) -> Acts:
        known = {
            "/": lambda: plain(200, "Ollama is running"),
            "/api/version": lambda: plain(200, {"version": self.version}),
            "/api/tags": lambda: plain(200, {"models": [_named(name) for name in self.models]}),
            "/api/ps": lambda: plain(200, {"models": self._resident()}),
            "/api/show": lambda: plain(200, {"capabilities": ["completion"], "model_info": {}}),
        }
        if seen.path in known:
            yield known[seen.path]()
        elif seen.path in self.generates:
            async for act in self._generate(seen):
                yield act
        else:
            yield plain(404, "404 page not found")

    def _resident(self) -> list[dict[str, Any]]:
        return [
            {**_named(name), "size": 1000, "size_vram": int(1000 * self.on_gpu), "context_length": window}
            for name, window in (self.loaded | (self.loading if self.tells else {})).items()
        ]

    async def _generate(self, seen: Seen) -> Acts:
        model = seen.body.get("model", "").removesuffix(":latest")
        if model not in self.models:
            yield plain(404, {"error": f"model '{model}' not found"})
            return
        window = seen.body.get("options", {}).get("num_ctx", 4096)
        if not seen.prompt:
            await self._load(model, window)
            yield plain(200, {"model": model, "response": "", "done": True, "done_reason": "load"})
            return
        reply = self.choose(seen)
        if reply.raw is not None:
            for act in reply.raw:
                yield act
            return
        if reply.status != 200 or reply.body is not None:
            yield reply.first_s
            yield plain(reply.status, reply.body, reply.headers)
            return
        async with self._running:
            await self._load(model, window)
            async for act in self._stream(seen, reply, model, window):
                yield act

    async def _load(self, model: str, window: int) -> None:
        if self.loaded.get(model) == window:
            return
        self.loads += 1
        self.loading[model] = window
        try:
            await asyncio.sleep(self.load_s)
        except asyncio.CancelledError:
            self.load_aborts += 1
            raise
        finally:
            del self.loading[model]
        self.loaded[model] = window

    async def _stream(self, seen: Seen, reply: Reply, model: str, window: int) -> Acts:
        count = tokens(seen.prompt)
        if count >= window and seen.body.get("truncate") is False:
            yield plain(400, {"error": json.dumps({"error": _too_long(count, window)})})
            return
        yield reply.first_s
        yield head(200, {**_STREAM, **reply.headers})
        seen_tokens = count if count < window else window // 2 + 2
        async for event in _events(reply, model, _counted(reply.prompt_tokens, seen_tokens)):
            yield event if not isinstance(event, dict) else chunk(json.dumps(event).encode() + b"\n")
        yield chunk(b"")


async def _events(reply: Reply, model: str, prompt_tokens: int | None) -> AsyncGenerator[Any, None]:
    for event in reply.start:
        yield chunk(event) if isinstance(event, bytes) else event
    for field, text in (("thinking", reply.thinking), ("response", reply.text)):
        for word in words(text):
            yield {
                "model": model,
                "created_at": "2026-08-21T10:00:00Z",
                "response": "",
                field: word,
                "done": False,
            }
            yield reply.token_s
    if reply.end is not None:
        for event in reply.end:
            yield chunk(event) if isinstance(event, bytes) else event
        return
    last: dict[str, Any] = {
        "model": model,
        "created_at": "2026-08-21T10:00:01Z",
        "response": "",
        "done": True,
    }
    counts = {
        "prompt_eval_count": prompt_tokens,
        "eval_count": _counted(reply.completion_tokens, tokens(reply.text)),
    }
    last |= {name: value for name, value in counts.items() if value is not None}
    yield (
        last
        | ({"done_reason": reply.finish} if reply.finish else {})
        | {"total_duration": time.monotonic_ns() % 10**9}
    )


def _counted(said: int | None, counted: int) -> int | None:
    return counted if said == -1 else said


def _named(name: str) -> dict[str, Any]:
    full = name if ":" in name else f"{name}:latest"
    return {"name": full, "model": full, "details": {"family": "qwen2", "context_length": 32768}}


def _too_long(count: int, window: int) -> dict[str, Any]:
    return {
        "code": 400,
        "message": f"request ({count} tokens) exceeds the available context size ({window} tokens), "
        "try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": count,
        "n_ctx": window,
    }
