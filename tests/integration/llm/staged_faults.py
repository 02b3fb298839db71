"""The faults of the catalogue that need a stage: dead ports, races, several calls, servers that recover."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from app.llm.call import Completion
from app.llm.errors import (
    BackendOverloaded,
    BackendUnavailable,
    CircuitOpen,
    FirstTokenTimeout,
    LlmError,
    PromptTruncated,
)
from app.llm.servers import ModelServers
from tests.fakes.ollama import FakeOllama
from tests.fakes.ports import black_hole
from tests.fakes.reply import Reply
from tests.fakes.vllm import DONE, FakeVllm, error
from tests.fakes.wire import RESET, Acts, Seen, head
from tests.integration.llm.world import CLOCKS, call, client, config, outcome, stand_in, until

TORTURE = "día 日本 \u2028\u2029\u0085 😀 end"


async def f01_a_refused_connection_fails_at_once_and_heals(dialect: str) -> None:
    server = stand_in(dialect)
    async with server:
        pass
    async with client(server) as asked:
        began = time.monotonic()
        first = await outcome(asked, call(server))
        assert type(first) is BackendUnavailable
        assert time.monotonic() - began < 1.0
        assert await breaker(asked) == "open"
        async with server:
            await asyncio.sleep(CLOCKS(CLOCKS.open_s))
            assert isinstance(await asked(call(server)), Completion)
            assert await breaker(asked) == "closed"


async def f02_a_black_hole_is_given_up_at_the_connect_timeout(dialect: str) -> None:
    clocks = replace(CLOCKS, connect_s=6.0, probe_s=8.0)
    with black_hole() as url:
        urls = {"ollama_urls": (url,)} if dialect == "ollama" else {"vllm_urls": (f"{url}/v1",)}
        asked = ModelServers(config([], clocks=clocks, **urls))
        began = time.monotonic()
        assert type(await outcome(asked, call(stand_in(dialect)))) is BackendUnavailable
        assert time.monotonic() - began < 2.0
        await asked.aclose()


async def f03_a_name_that_leads_to_ipv6_first_is_reached_on_ipv4(dialect: str) -> None:
    async with stand_in(dialect) as server:
        server.host = "localhost"
        async with client(server) as asked:
            assert isinstance(await asked(call(server)), Completion)
            (status,) = [status for status in await asked.status() if status.role is call(server).role]
            assert any("127.0.0.1 instead of localhost" in advice for advice in status.advice)


async def f05_a_kept_connection_closed_in_the_last_moment_is_not_noticed(dialect: str) -> None:
    async with stand_in(dialect, idle_s=0.01) as server, client(server) as asked:
        for _ in range(100):
            assert isinstance(await asked(call(server)), Completion)
            await asyncio.sleep(0.01 + random.uniform(-0.004, 0.004))


async def f22_a_missing_model_is_asked_for_once_in_a_while(dialect: str) -> None:
    async with FakeOllama(models=("other",)) as server, client(server) as asked:
        first, second = [await outcome(asked, call(server)) for _ in range(2)]
        assert [type(first), type(second)] == [type(first)] * 2
        assert sum(seen.path == "/api/generate" for seen in server.journal) == 1


async def f24_a_truncated_prompt_is_found_out_for_any_window(dialect: str) -> None:
    for window in (2048, 4096, 5000, 16_384, 32_768):
        truncated = Reply("{}", prompt_tokens=window // 2 + 2)
        async with FakeOllama([truncated]) as server, client(server, pm_context=window) as asked:
            assert type(await outcome(asked, call(server))) is PromptTruncated, window


async def f27_a_load_is_waited_for_by_all_and_lost_by_none(dialect: str) -> None:
    async with FakeOllama(load_s=0.6) as server, client(server) as asked:
        hasty = [asyncio.create_task(outcome(asked, call(server, deadline_s=0.2))) for _ in range(3)]
        patient = [asyncio.create_task(outcome(asked, call(server))) for _ in range(3)]
        cancelled = asyncio.create_task(outcome(asked, call(server)))
        await until(lambda: server.loads == 1)
        cancelled.cancel()
        assert all(isinstance(result, LlmError) for result in await asyncio.gather(*hasty))
        assert all(isinstance(result, Completion) for result in await asyncio.gather(*patient))
        assert (server.loads, server.load_aborts) == (1, 0)


async def f27_a_load_that_nobody_hears_of_is_left_running_and_found_done(dialect: str) -> None:
    clocks = replace(CLOCKS, load_unseen_s=4.0)
    async with FakeOllama(load_s=0.8, tells=False) as server, client(server, clocks=clocks) as asked:
        began = time.monotonic()
        given_up = [await outcome(asked, call(server)) for _ in range(2)]
        assert {type(result) for result in given_up} == {FirstTokenTimeout}
        assert time.monotonic() - began < 0.7
        await until(lambda: "executive_jr" in server.loaded)
        assert isinstance(await asked(call(server)), Completion)
        assert (server.loads, server.load_aborts) == (1, 0)
    async with FakeOllama(load_s=0.8) as server, client(server, clocks=clocks) as asked:
        assert isinstance(await asked(call(server)), Completion)


async def f33_retry_after_is_honoured_where_it_can_be(dialect: str) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2))
    for value in ("2", soon, "-1", "abc"):
        busy = Reply(status=503, body={"error": "busy"}, headers={"Retry-After": value})
        async with stand_in(dialect, [busy, Reply("fine")]) as server, client(server) as asked:
            assert (await asked(call(server))).text == "fine", value
            wait_s = server.calls[1].arrived - server.calls[0].arrived
            assert wait_s >= (CLOCKS(2.0) if value == "2" else 0.0)
    never = Reply(status=429, body={"error": "busy"}, headers={"Retry-After": "86400"})
    async with stand_in(dialect, [never]) as server, client(server) as asked:
        assert type(await outcome(asked, call(server))) is BackendOverloaded
        assert len(server.calls) == 1


async def f34_one_500_is_hidden_and_a_dead_engine_is_left_alone_until_it_is_back(dialect: str) -> None:
    dead = Reply(status=500, body=error(500, "The server had an error while processing your request."))
    server = FakeVllm([dead, Reply("fine"), replace(dead, times=2), Reply("back")])
    async with server:
        pass
    async with client(server) as asked:
        async with server:
            assert (await asked(call(server))).text == "fine"
            assert type(await outcome(asked, call(server))) is BackendUnavailable
        assert type(await outcome(asked, call(server))) is BackendUnavailable
        assert await breaker(asked) == "open"
        async with server:
            assert (await asked(call(server))).text == "back"
            assert "canary" in [seen.headers["x-request-id"] for seen in server.calls]
            assert await breaker(asked) == "closed"


async def f35_a_hung_engine_stays_open_however_healthy_it_says_it_is(dialect: str) -> None:
    async with FakeVllm(lambda seen: Reply(start=[60.0])) as server:
        clocks = replace(CLOCKS, first_token_s=3.0)
        async with client(server, clocks=clocks) as asked:
            for _ in range(3):
                assert type(await outcome(asked, call(server))) is FirstTokenTimeout
            assert type(await outcome(asked, call(server))) is CircuitOpen
            assert await breaker(asked) == "open"
            assert server.calls[-1].headers["x-request-id"] == "canary"


async def f37_however_the_bytes_are_cut_the_text_is_the_same(dialect: str) -> None:
    for dressed in (_torture_plain(dialect), _torture_odd(dialect)):
        for size in (1, 3, 1000):
            pieces = [dressed[start : start + size] for start in range(0, len(dressed), size)]
            whole = [head(200, {"Content-Length": str(len(dressed))}), *pieces]
            async with stand_in(dialect, [Reply(raw=whole)]) as server, client(server) as asked:
                assert (await asked(call(server))).text == TORTURE + "\ufffd\x00"


def _torture_plain(dialect: str) -> bytes:
    said = (TORTURE + "\\ud800\\u0000").encode()
    if dialect == "ollama":
        return (
            b'{"model":"m","response":"' + said + b'","done":false}\n'
            b'{"response":"","done":true,"done_reason":"stop"}\n'
        )
    return b'data: {"choices":[{"delta":{"content":"' + said + b'"},"finish_reason":"stop"}]}\n\n' + DONE


def _torture_odd(dialect: str) -> bytes:
    """With a BOM, carriage returns, comments, raw control characters and fields without a space."""
    said = (TORTURE + "\\ud800\x00").encode()
    if dialect == "ollama":
        return (
            b'\xef\xbb\xbf{"model":"m","response":"' + said + b'","done":false}\r\n\r\n'
            b'{"response":"","done":true,"done_reason":"stop"}\r\n'
        )
    return (
        b'\xef\xbb\xbf: hello\r\nevent: x\r\ndata:{"choices":[{"delta":{"content":"' + said + b'"},\r\n'
        b'data: "finish_reason":"stop"}]}\r\n\r\ndata:[DONE]\r\n\r\n'
    )


async def f40_load_and_cancellation_leave_nothing_behind(dialect: str) -> None:
    rng = random.Random(40)
    async with _flapping(dialect) as server, client(server, coder_slots=16, pm_slots=16) as asked:
        server.calm = True
        await asyncio.gather(*(asked(call(server, task_id=f"calm-{n}")) for n in range(50)))
        assert server.peak == 16
        server.calm = False
        tasks = [
            asyncio.create_task(outcome(asked, call(server, task_id=f"t{n}", deadline_s=3.0)))
            for n in range(200)
        ]
        for task in rng.sample(tasks, 100):
            await asyncio.sleep(rng.uniform(0, 0.01))
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        odd = [r for r in results if not isinstance(r, Completion | LlmError | asyncio.CancelledError)]
        assert not odd, odd
        await until(lambda: server.in_flight == 0, 1.0)
        assert len(server.calls) - 50 <= 1.2 * 200
        server.calm = True
        ends = time.monotonic() + 5
        while not isinstance(await outcome(asked, call(server, task_id="after")), Completion):
            assert time.monotonic() < ends
            await asyncio.sleep(0.05)
        mine = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
        assert len(mine) <= len(server._connections) + 1


def _flapping(dialect: str) -> Any:
    """A server that resets connections for a while, now and then, until `calm` is set on it."""
    base: Any = FakeOllama if dialect == "ollama" else FakeVllm

    class Flapping(base):  # type: ignore[misc]
        calm = False

        async def answer(self, seen: Seen) -> Acts:
            if not self.calm and int(seen.arrived / 0.15) % 4 == 3:
                yield RESET
            async for act in super().answer(seen):
                yield act

    return Flapping(lambda seen: Reply("some words to say", first_s=0.01, token_s=0.005))


async def breaker(asked: ModelServers) -> str:
    states = {status.breaker for status in await asked.status()}
    return (states - {"closed"} or {"closed"}).pop()


STAGED = {
    "F01": (f01_a_refused_connection_fails_at_once_and_heals, ("ollama", "vllm")),
    "F02": (f02_a_black_hole_is_given_up_at_the_connect_timeout, ("ollama", "vllm")),
    "F03": (f03_a_name_that_leads_to_ipv6_first_is_reached_on_ipv4, ("ollama", "vllm")),
    "F05": (f05_a_kept_connection_closed_in_the_last_moment_is_not_noticed, ("ollama", "vllm")),
    "F22": (f22_a_missing_model_is_asked_for_once_in_a_while, ("ollama",)),
    "F24": (f24_a_truncated_prompt_is_found_out_for_any_window, ("ollama",)),
    "F27": (f27_a_load_is_waited_for_by_all_and_lost_by_none, ("ollama",)),
    "F27-unheard": (f27_a_load_that_nobody_hears_of_is_left_running_and_found_done, ("ollama",)),
    "F33": (f33_retry_after_is_honoured_where_it_can_be, ("ollama", "vllm")),
    "F34": (f34_one_500_is_hidden_and_a_dead_engine_is_left_alone_until_it_is_back, ("vllm",)),
    "F35": (f35_a_hung_engine_stays_open_however_healthy_it_says_it_is, ("vllm",)),
    "F37": (f37_however_the_bytes_are_cut_the_text_is_the_same, ("ollama", "vllm")),
    "F40": (f40_load_and_cancellation_leave_nothing_behind, ("ollama", "vllm")),
}
