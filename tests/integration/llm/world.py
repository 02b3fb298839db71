"""A client with short clocks before one or more stand-in servers, for the tests of this folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from app.llm.call import Completion, ModelCall, Role
from app.llm.config import Clocks, LlmConfig
from app.llm.errors import LlmError
from app.llm.servers import ModelServers
from tests.fakes.ollama import FakeOllama
from tests.fakes.vllm import FakeVllm

CLOCKS = Clocks(scale=0.05, connect_s=40.0, probe_s=60.0, load_s=200.0, first_token_s=100.0, stall_s=60.0)
HASTY = replace(CLOCKS, first_token_s=20.0, stall_s=12.0)
Server = FakeOllama | FakeVllm
OLLAMA, VLLM = "ollama", "vllm"


def stand_in(dialect: str, script: Any = None, **options: Any) -> Server:
    return FakeOllama(script, **options) if dialect == OLLAMA else FakeVllm(script, **options)


def call(server: Server, **changes: Any) -> ModelCall:
    """A small call to the role that this server plays."""
    fields: dict[str, Any] = {
        "task_id": "task",
        "key": "step",
        "role": Role.PM if isinstance(server, FakeOllama) else Role.CODER,
        "system": "You are terse.",
        "prompt": "Say something.",
        "max_tokens": 512,
        "deadline_s": 20.0,
    }
    return ModelCall(**(fields | changes))


def config(servers: Sequence[Server], **changes: Any) -> LlmConfig:
    fields: dict[str, Any] = {
        "ollama_urls": tuple(server.url for server in servers if isinstance(server, FakeOllama)),
        "vllm_urls": tuple(server.base for server in servers if isinstance(server, FakeVllm)),
        "clocks": CLOCKS,
        "pm_slots": 8,
    }
    return LlmConfig(**(fields | changes))


@asynccontextmanager
async def client(*servers: Server, **changes: Any) -> AsyncIterator[ModelServers]:
    """A client of these servers, closed at the end."""
    asked = ModelServers(config(servers, **changes))
    try:
        yield asked
    finally:
        await asked.aclose()


async def outcome(asked: ModelServers, question: ModelCall) -> Completion | LlmError:
    """What the call came to, errors included."""
    try:
        return await asked(question)
    except LlmError as error:
        return error


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits for a condition. Raises TimeoutError."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the condition did not come true")
        await asyncio.sleep(0.01)
