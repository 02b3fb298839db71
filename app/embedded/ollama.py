"""Ollama's HTTP API over any source of chat chunks: the dialect of Jr's PM client, without an Ollama.

It never truncates: a prompt longer than the window is Ollama's 400, whatever `truncate` says.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from app.domain import JsonObject
from app.embedded.generate import Answer, BadRequest, chat_body

VERSION = "0.33.0"  # the Ollama whose API this is

Chunks = AsyncGenerator[dict[str, Any], None]
Chat = Callable[[JsonObject], Chunks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The one model behind this API: `window` in tokens, `size` in bytes."""

    name: str
    window: int
    size: int

    def called(self, name: object) -> bool:
        return isinstance(name, str) and name.removesuffix(":latest") == self.name

    def listed(self) -> dict[str, Any]:
        tag = f"{self.name}:latest"
        return {"name": tag, "model": tag, "size": self.size, "details": {"format": "gguf"}}


def create_app(chat: Chat, served: Served) -> FastAPI:
    """The API as an ASGI application; `chat` makes the chunks of one OpenAI chat completion."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(BadRequest)
    async def refuse(_: Request, bad: BadRequest) -> Response:
        return JSONResponse({"error": bad.message}, bad.status)

    @app.get("/")
    async def root() -> Response:
        return PlainTextResponse("Ollama is running")

    @app.get("/api/version")
    async def version() -> JsonObject:
        return {"version": VERSION}

    @app.get("/api/tags")
    async def tags() -> JsonObject:
        return {"models": [{**served.listed(), "capabilities": ["completion"]}]}

    @app.get("/api/ps")
    async def loaded() -> JsonObject:
        return {"models": [{**served.listed(), "context_length": served.window}]}

    @app.post("/api/show")
    async def show(request: Request) -> JsonObject:
        await _body_for(request, served)
        info = {"general.architecture": "gguf", "gguf.context_length": served.window}
        return {"details": {"format": "gguf"}, "model_info": info, "capabilities": ["completion"]}

    @app.post("/api/generate")
    async def generate(request: Request) -> Response:
        body = await _body_for(request, served)
        if not body.get("prompt"):
            return JSONResponse({**_stamp(served), "response": "", "done": True, "done_reason": "load"})
        return await _generate(chat, served, body)

    return app


async def _body_for(request: Request, served: Served) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as bad:
        raise BadRequest(400, f"invalid JSON: {bad}") from bad
    if not isinstance(body, dict):
        raise BadRequest(400, "the body must be a JSON object")
    if not served.called(body.get("model")):
        raise BadRequest(404, f"model '{body.get('model')}' not found")
    return body


async def _generate(chat: Chat, served: Served, body: JsonObject) -> Response:
    records = _records(chat(chat_body(body)), served)
    first = await anext(records)  # an error before the first byte has a status of its own
    if body.get("stream", True):
        return StreamingResponse(_lines(first, records), media_type="application/x-ndjson")
    texts = [first]
    async for record in records:
        if "error" in record:
            return JSONResponse(record, 500)
        texts.append(record)
    return JSONResponse({**texts[-1], "response": "".join(record["response"] for record in texts)})


async def _lines(first: JsonObject, rest: Chunks) -> AsyncIterator[bytes]:
    yield json.dumps(first).encode() + b"\n"
    async for record in rest:
        yield json.dumps(record).encode() + b"\n"


async def _records(chunks: Chunks, served: Served) -> Chunks:
    """One record a piece of text and the last one with the counts; BadRequest only before the first."""
    answer = Answer(started_ns=time.monotonic_ns())
    begun = False
    async with aclosing(chunks):
        async for chunk in chunks:
            if error := chunk.get("error"):
                if not begun:
                    raise BadRequest.of(error)
                yield {"error": str(error.get("message", error))}
                return
            if text := answer.take(chunk):
                begun = True
                yield {**_stamp(served), "response": text, "done": False}
    yield {**_stamp(served), "response": "", **answer.totals(time.monotonic_ns())}


def _stamp(served: Served) -> dict[str, Any]:
    return {"model": served.name, "created_at": datetime.now(UTC).isoformat()}
