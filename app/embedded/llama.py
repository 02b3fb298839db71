"""llama.cpp's server in this process: the one place that knows the `xllamacpp` wheel."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain import JsonObject
from app.embedded.errors import NotInstalledError, StartError

PROMPT_CACHE_MIB = 256
READ_AT_ONCE = 512
"""Tokens of a prompt between two tokens of every other reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaConfig:
    """What to serve: `window` in tokens for each of `slots` requests at once; port 0 is any free one."""

    model: Path
    name: str
    host: str = "127.0.0.1"
    port: int = 0
    window: int = 16_384
    slots: int = 2
    threads: int = 2


class Llama:
    """A loaded model: llama.cpp's own HTTP API at `url`, and `chat` for callers in this process."""

    def __init__(self, config: LlamaConfig) -> None:
        """Loads the model, which takes seconds; raises NotInstalledError or StartError."""
        # read when the library loads: threads that sleep at a barrier leave a busy machine ten times faster
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            import xllamacpp  # noqa: PLC0415 -- an extra: everything else here works without it
        except ImportError as missing:
            raise NotInstalledError("llama.cpp is not installed: make install EXTRAS=embedded") from missing
        params = xllamacpp.CommonParams()
        params.model.path = str(config.model)
        params.model_alias = {config.name}
        params.hostnames = [config.host]
        params.port = config.port
        params.n_ctx = config.window * config.slots  # llama.cpp divides it by the slots
        params.n_parallel = config.slots
        params.n_batch = READ_AT_ONCE
        params.cpuparams.n_threads = config.threads
        params.cpuparams_batch.n_threads = config.threads
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.cors_origins = ""
        params.endpoint_slots = False
        params.ui = False
        params.verbosity = 0
        self.config = config
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as problem:
            raise StartError(f"{config.model} cannot be served: {problem}") from problem
        self.url: str = self._server.listening_address

    async def chat(self, body: JsonObject) -> AsyncGenerator[dict[str, Any], None]:
        """The chunks of one chat completion as llama.cpp makes them; a failure is a chunk with "error".

        Closing the iterator ends the generation at its next token.
        """
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        left = threading.Event()

        def receive(chunk: dict[str, Any]) -> bool:
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return left.is_set()

        def generate() -> None:
            try:
                self._server.handle_chat_completions({**body, "stream": True}, receive)
            finally:
                loop.call_soon_threadsafe(chunks.put_nowait, None)

        running = loop.run_in_executor(None, generate)
        try:
            while (chunk := await chunks.get()) is not None:
                yield chunk
            await running
        finally:
            left.set()
