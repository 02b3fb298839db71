"""A child's side of the line without a child, and ports that must not be used."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.llm.call import Ask, Completion, ModelCall
from app.rlm.limits import RlmLimits
from app.rlm.line import Answer
from app.rlm.proxy import Proxy
from app.rlm.runner import ChildEnd


async def never_asked(call: ModelCall) -> Completion:
    raise AssertionError(call)


async def never_started(*_: Any, **__: Any) -> ChildEnd:
    raise AssertionError


def completion(text: str, *, finish: str = "stop", tokens: int | None = 10) -> Completion:
    return Completion(
        text=text,
        finish=finish,
        model="m",
        backend="vllm",
        server="http://127.0.0.1:1/v1",
        prompt_tokens=tokens,
        completion_tokens=tokens,
    )


class ChildSide:
    """What a child would do with its end of the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.counted: list[Completion] = []
        self.writer = writer

    def say(self, message: dict[str, Any]) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    def ask(self, call: int, *contents: str, role: str = "user") -> None:
        self.say({"call": call, "messages": [{"role": role, "content": content} for content in contents]})

    async def hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(await self._reader.readline())
        return heard


@asynccontextmanager
async def served(
    ask: Ask, limits: RlmLimits | None = None
) -> AsyncIterator[tuple[ChildSide, asyncio.Task[Answer]]]:
    """A proxy over a real socket pair, and the child's side of it."""
    ours, theirs = socket.socketpair()
    limits = limits or RlmLimits()
    reader, writer = await asyncio.open_connection(sock=ours, limit=limits.line_bytes)
    child = ChildSide(*await asyncio.open_connection(sock=theirs))
    proxy = Proxy(ask=ask, counted=child.counted.append, task_id="t1", key="rlm", limits=limits)
    serving = asyncio.create_task(proxy.serve(reader, writer))
    try:
        yield child, serving
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for end in (writer, child.writer):
            end.close()
            await end.wait_closed()
