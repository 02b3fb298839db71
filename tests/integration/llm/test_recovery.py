"""Servers that fall, hang, swap or lose their model, and what the calls of that moment come to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from app.llm.call import Completion
from app.llm.errors import BackendUnavailable, FirstTokenTimeout
from app.llm.servers import ModelServers
from tests.fakes.ollama import FakeOllama
from tests.integration.llm.world import CLOCKS, Server, call, client, outcome

QUICK = replace(CLOCKS, first_token_s=4.0)
LOAD_S = 3 * QUICK(QUICK.first_token_s)


async def until_answered(asked: ModelServers, server: Server, seconds: float = 8.0) -> None:
    """Asks again and again, as tasks do. Raises TimeoutError."""
    ends = time.monotonic() + seconds
    while not isinstance(await outcome(asked, call(server)), Completion):
        if time.monotonic() > ends:
            raise TimeoutError("no call was answered")
        await asyncio.sleep(0.05)


async def test_an_ollama_that_was_down_loads_its_model_in_peace_before_it_is_tried() -> None:
    async with FakeOllama(load_s=LOAD_S) as server, client(server, clocks=QUICK) as asked:
        assert isinstance(await asked(call(server)), Completion)
        await server.stop()
        assert type(await outcome(asked, call(server))) is BackendUnavailable
        server.loaded.clear()
        await server.start()
        await until_answered(asked, server)
        assert (server.loads, server.load_aborts) == (2, 0)


async def test_a_model_that_another_program_evicted_costs_one_call() -> None:
    async with FakeOllama(load_s=LOAD_S) as server, client(server, clocks=QUICK) as asked:
        assert isinstance(await asked(call(server)), Completion)
        server.loaded.clear()
        assert type(await outcome(asked, call(server))) is FirstTokenTimeout
        assert isinstance(await outcome(asked, call(server)), Completion)
        assert (server.loads, server.load_aborts) == (3, 1)


async def test_a_load_with_a_smaller_window_than_was_asked_for_is_waited_for() -> None:
    """Ollama clamps a window to what the model was trained for."""

    class Clamping(FakeOllama):
        async def _load(self, model: str, window: int) -> None:
            await super()._load(model, min(window, 8192))

    clocks = replace(CLOCKS, load_unseen_s=4.0)
    async with Clamping(load_s=3 * clocks(4.0)) as server, client(server, clocks=clocks) as asked:
        assert isinstance(await outcome(asked, call(server)), Completion)
        assert (server.loads, server.load_aborts) == (1, 0)
