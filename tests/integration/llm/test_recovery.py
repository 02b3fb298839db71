"""Servers that fall, hang, swap or lose their model, and what the calls of that moment come to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from app.llm.call import Completion
from app.llm.choose import Homes
from app.llm.errors import (
    BackendUnavailable,
    CircuitOpen,
    ContextOverflow,
    FirstTokenTimeout,
    ModelNotFound,
)
from app.llm.servers import ModelServers
from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import CUT, HANG, Acts, Seen
from tests.integration.llm.world import CLOCKS, Server, call, client, outcome, until

QUICK = replace(CLOCKS, first_token_s=8.0)
LOAD_S = 3 * QUICK(QUICK.first_token_s)


def task_of(home: FakeVllm, *others: FakeVllm) -> str:
    """A task that goes to this server first."""
    loads = {server.base: 0 for server in (home, *others)}
    return next(name for name in map(str, range(1000)) if Homes().choose(name, loads) == home.base)


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

    clocks = replace(CLOCKS, load_unseen_s=8.0)
    async with Clamping(load_s=3 * clocks(8.0)) as server, client(server, clocks=clocks) as asked:
        assert isinstance(await outcome(asked, call(server)), Completion)
        assert (server.loads, server.load_aborts) == (1, 0)


HICCUPS = [
    Reply(status=500, body=""),
    Reply(status=503, body={"error": "busy"}),
    Reply("one two three", end=[CUT]),
]


@pytest.mark.parametrize("hiccup", HICCUPS)
async def test_a_hiccup_is_tried_again_where_it_was_while_the_other_server_is_known_to_be_dead(
    hiccup: Reply,
) -> None:
    async with FakeVllm() as dead:
        pass
    async with FakeVllm(["fine", hiccup, "again"]) as well, client(well, dead) as asked:
        assert (await asked(call(well, task_id=task_of(dead, well)))).text == "fine"
        assert (await asked(call(well, task_id=task_of(well, dead)))).text == "again"


@pytest.mark.parametrize("hiccup", HICCUPS)
async def test_a_call_that_moved_to_a_server_which_is_not_there_goes_back(hiccup: Reply) -> None:
    async with FakeVllm() as dead:
        pass
    async with FakeVllm([hiccup, "again"]) as well, client(well, dead) as asked:
        answered = await asked(call(well, task_id=task_of(well, dead)))
    assert (answered.text, answered.attempts) == ("again", 3)


async def test_a_full_queue_of_ours_does_not_narrow_the_server() -> None:
    slowly = Reply("some words", first_s=0.3, times=None)
    async with FakeVllm([slowly]) as server, client(server, coder_slots=2, queue=1) as asked:
        calls = [asyncio.create_task(outcome(asked, call(server, deadline_s=0.6))) for _ in range(6)]
        await asyncio.sleep(0.2)
        (status,) = await asked.status()
        assert (status.slots_in_use, status.slots) == (2, 2)
        await asyncio.gather(*calls)


async def test_calls_that_waited_for_a_server_which_fell_meanwhile_go_to_the_other() -> None:
    hung, well = FakeVllm([Reply(start=[HANG])]), FakeVllm()
    async with hung, well, client(hung, well, clocks=QUICK, coder_slots=1) as asked:
        task = task_of(hung, well)
        results = await asyncio.gather(*(outcome(asked, call(well, task_id=task)) for _ in range(12)))
    assert {getattr(result, "server", "") for result in results} == {well.base}
    assert sum(seen.headers["x-request-id"] != "canary" for seen in hung.calls) == 3


async def test_calls_that_have_no_other_server_wait_for_theirs_to_be_well_again() -> None:
    server = FakeVllm([Reply(start=[HANG], times=3), "fine"])
    async with server, client(server, clocks=QUICK, coder_slots=1) as asked:
        results = await asyncio.gather(*(outcome(asked, call(server)) for _ in range(6)))
    kinds = [type(result) for result in results]
    assert (kinds.count(FirstTokenTimeout), kinds.count(Completion)) == (3, 3)


async def test_a_canary_at_a_server_that_trickles_comes_to_an_end() -> None:
    drop = {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]}
    replies = [Reply(start=[drop, 0.02] * 2000), Reply("fine")]
    clocks = replace(QUICK, stall_s=4.0)
    async with FakeVllm(lambda seen: replies[0]) as server, client(server, clocks=clocks) as asked:
        await server.stop()
        assert type(await outcome(asked, call(server))) is BackendUnavailable
        await server.start()
        stuck = asyncio.create_task(outcome(asked, call(server, deadline_s=10.0)))
        await until(lambda: bool(server.calls and server.calls[0].first_byte))
        del replies[0]
        assert type(await stuck) is CircuitOpen
        await until_answered(asked, server)


async def test_a_server_that_becomes_too_slow_to_list_its_model_is_still_asked_as_it_is_known() -> None:
    class Busy(FakeVllm):
        slow = False

        async def answer(self, seen: Seen) -> Acts:
            yield 30.0 if self.slow and seen.path == "/v1/models" else 0.0
            async for act in super().answer(seen):
                yield act

    async with Busy(window=2048) as server, client(server, clocks=replace(CLOCKS, probe_s=20.0)) as asked:
        assert isinstance(await outcome(asked, call(server)), Completion)
        server.slow = True
        assert [status.reachable for status in await asked.status()] == [False]
        assert isinstance(await outcome(asked, call(server)), Completion)
        assert type(await outcome(asked, call(server, prompt="x" * 4 * 3000))) is ContextOverflow
        assert len(server.calls) == 2


async def test_auto_follows_a_server_that_serves_another_model_than_it_did() -> None:
    async with FakeVllm(models=("one",)) as server, client(server) as asked:
        assert (await asked(call(server))).model == "one"
        server.models = ("two",)
        assert (await asked(call(server))).model == "two"
        server.models = ()
        assert type(await outcome(asked, call(server))) is ModelNotFound


async def test_a_call_with_nobody_to_turn_to_waits_out_two_periods_of_the_breaker_and_no_third() -> None:
    async with FakeVllm() as server, client(server) as asked:
        assert isinstance(await asked(call(server)), Completion)
        await server.stop()
        assert type(await outcome(asked, call(server))) is BackendUnavailable
        assert type(await outcome(asked, call(server))) is CircuitOpen
        await server.start()
        assert isinstance(await asked(call(server)), Completion)
        await server.stop()
        assert type(await outcome(asked, call(server))) is BackendUnavailable
        for _ in range(2):
            assert type(await outcome(asked, call(server))) is CircuitOpen
        await server.start()
        began = time.monotonic()
        assert type(await outcome(asked, call(server))) is CircuitOpen
        assert time.monotonic() - began < CLOCKS(CLOCKS.open_s)
