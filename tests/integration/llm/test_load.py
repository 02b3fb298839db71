"""Many calls at once, many calls given up, many calls in a row."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from app.llm.call import Completion
from app.llm.config import Clocks, LlmConfig
from app.llm.errors import MalformedResponse
from app.llm.servers import ModelServers
from tests.fakes.ports import black_hole
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import head
from tests.integration.llm.world import call, client, outcome, until

_SERVER = """
import asyncio, sys
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm

async def main():
    async with FakeVllm(lambda seen: Reply("hi", first_s=0.05)) as server:
        print(server.base, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def server_of_50_ms() -> AsyncIterator[str]:
    """The URL of a stand-in in a process of its own that takes 50 ms for each call."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, stdin=-1, stdout=-1)
    assert process.stdout is not None
    assert process.stdin is not None
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()


async def share_of_ideal(one: Callable[[], Awaitable[object]]) -> float:
    """The rate of 64 calls in flight, as a share of the 1280 a second that the server could answer."""
    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(320)))
    return 320 / (time.perf_counter() - began) / (64 / 0.05)


async def test_64_calls_in_flight_reach_60_percent_of_the_ideal_rate() -> None:
    """Or, on a machine too slow for that, what the HTTP library alone reaches, in turns with us."""
    body = {"model": "coder", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=64)
    async with server_of_50_ms() as url, httpx2.AsyncClient(limits=limits, trust_env=False) as bare:
        asked = ModelServers(LlmConfig(vllm_urls=(url,), coder_slots=64))
        question = call(FakeVllm())

        async def plain() -> None:
            async with bare.stream("POST", f"{url}/chat/completions", json=body) as reply:
                [line async for line in reply.aiter_lines()]

        best = allowed = 0.0
        for _ in range(6):
            allowed = max(allowed, min(1.0, await share_of_ideal(plain)))
            best = max(best, await share_of_ideal(lambda: asked(question)))
            if best >= 0.6:
                break
        await asked.aclose()

    assert best >= min(0.6, allowed), (best, allowed)


async def test_200_calls_cancelled_while_connecting_leave_the_client_healthy() -> None:
    with black_hole() as url:
        asked = ModelServers(LlmConfig(vllm_urls=(f"{url}/v1",), coder_model="coder", coder_slots=200))
        calls = [asyncio.create_task(asked(call(FakeVllm()))) for _ in range(200)]
        await asyncio.sleep(0.2)
        for one in calls:
            one.cancel()
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        await asked.aclose()
    async with FakeVllm() as server, client(server, coder_slots=4) as asked:
        assert isinstance(await asked(call(server)), Completion)
        calls = [asyncio.create_task(asked(call(server, task_id=str(n)))) for n in range(200)]
        for number, one in enumerate(calls):
            if number % 5 == 0:
                await asyncio.sleep(0)
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await until(lambda: server.in_flight == 0)
        again = await asyncio.gather(*(asked(call(server)) for _ in range(20)))
        assert all(isinstance(one, Completion) for one in again)


async def test_a_cancelled_call_closes_its_connection_at_once() -> None:
    async with FakeVllm(lambda seen: Reply("word " * 1000, token_s=0.05)) as server, client(server) as asked:
        one = asyncio.create_task(asked(call(server)))
        await until(lambda: bool(server.calls and server.calls[0].first_byte))
        one.cancel()
        cancelled = time.monotonic()
        await asyncio.gather(one, return_exceptions=True)
        await until(lambda: server.calls[0].disconnected is not None, 1.0)
        assert (server.calls[0].disconnected or 0) - cancelled < 1.0


async def test_a_flood_neither_fills_the_memory_nor_holds_up_the_loop() -> None:
    flood = Reply(raw=[head(200, {}), *[b"x" * 65536] * 3200], times=None)
    async with FakeVllm([flood]) as server, client(server) as asked:
        lag = 0.0

        async def tick() -> None:
            nonlocal lag
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.001)
                lag = max(lag, time.perf_counter() - before)

        ticking = asyncio.create_task(tick())
        tracemalloc.start()
        assert type(await outcome(asked, call(server))) is MalformedResponse
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        ticking.cancel()
        assert peak < 64 * 1024 * 1024
        assert lag < 0.5


async def test_memory_is_flat_over_thousands_of_calls() -> None:
    """`bench/llm.py` does the same with ten thousand."""
    async with FakeVllm() as server, client(server, coder_slots=32, clocks=Clocks()) as asked:

        async def held_after(calls: int, first: int) -> int:
            questions = [call(server, task_id=f"t{first + n}", prompt=f"{n} " * 50) for n in range(calls)]
            await asyncio.gather(*(asked(question) for question in questions))
            server.journal.clear()
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        await held_after(200, 0)
        tracemalloc.start()
        before = await held_after(200, 500)
        after = [await held_after(200, 1000 + part * 500) for part in range(3)][-1]
        tracemalloc.stop()
    assert after - before < 512 * 1024
