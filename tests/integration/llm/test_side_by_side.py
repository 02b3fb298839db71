"""What calls at one server mean for each other: one is read while others speak, and warms its prefix."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from app.llm.call import Completion
from app.llm.config import Clocks
from app.llm.errors import FirstTokenTimeout, StallTimeout
from tests.fakes.reply import Reply, tokens
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import HANG, Acts, Seen, chunk, head
from tests.integration.llm.world import CLOCKS, call, client, outcome

HASTY = replace(CLOCKS, first_token_s=20.0)


class Stepwise(FakeVllm):
    """Reads a whole prompt in one step of its one loop, while every other reply stands still."""

    read_at = 2000.0

    def __init__(self) -> None:
        super().__init__()
        self._step = asyncio.Lock()

    async def answer(self, seen: Seen) -> Acts:
        if seen.path not in self.generates:
            async for act in super().answer(seen):
                yield act
            return
        yield head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        async for act in self._steps(seen):
            yield act

    async def _steps(self, seen: Seen) -> AsyncIterator[bytes]:
        async with self._step:
            await asyncio.sleep(tokens(seen.prompt) / self.read_at)
        for _ in range(100):
            async with self._step:
                await asyncio.sleep(0.01)
            yield _event({"delta": {"content": "some words "}, "finish_reason": None})
        yield _event({"delta": {}, "finish_reason": "stop"})
        yield chunk(b"data: [DONE]\n\n") + chunk(b"")


def _event(choice: dict[str, object]) -> bytes:
    return chunk(b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n")


async def test_a_reply_is_not_given_up_while_the_prompt_of_another_call_is_read() -> None:
    clocks = Clocks(scale=0.02, first_token_s=60.0)
    async with Stepwise() as server, client(server, clocks=clocks) as asked:
        small = asyncio.create_task(outcome(asked, call(server, task_id="small", max_tokens=2048)))
        await asyncio.sleep(0.3)
        big = await outcome(asked, call(server, task_id="big", prompt="x y " * 2400, max_tokens=2048))
        assert isinstance(big, Completion), big
        assert isinstance(await small, Completion), await small
    assert (big.first_token_ms or 0) > 1000 * clocks(clocks.stall_s)


async def test_a_reply_that_falls_silent_beside_a_call_that_waits_is_given_up_all_the_same() -> None:
    def script(seen: Seen) -> Reply:
        return Reply(start=[HANG]) if "waits" in seen.prompt else Reply("one two ", end=[0.3, HANG])

    clocks = replace(HASTY, stall_s=12.0)
    async with FakeVllm(script) as server, client(server, clocks=clocks) as asked:
        waiting = asyncio.create_task(outcome(asked, call(server, prompt="waits")))
        began = time.monotonic()
        silent = await outcome(asked, call(server, prompt="speaks"))
        assert type(silent) is StallTimeout
        assert time.monotonic() - began < 4.0
        assert type(await waiting) is FirstTokenTimeout


async def test_a_call_that_got_lost_goes_to_another_server_while_later_ones_are_answered() -> None:
    lost: list[str] = []

    def script(seen: Seen) -> Reply:
        if "get lost" in seen.prompt and not lost:
            lost.append(seen.headers["x-request-id"])
            return Reply(start=[HANG])
        return Reply("some words " * 20, token_s=0.02)

    one, two = FakeVllm(script), FakeVllm(script)
    async with one, two, client(one, two, clocks=HASTY) as asked:
        losing = asyncio.create_task(outcome(asked, call(one, prompt="get lost", deadline_s=8.0)))
        await asyncio.sleep(HASTY(2.5))
        began, later = time.monotonic(), 0
        while not losing.done() and time.monotonic() - began < 6.0:
            calls = (outcome(asked, call(one, key=str(later + n))) for n in range(3))
            later += len(await asyncio.gather(*calls))
        found = await losing
    assert isinstance(found, Completion), found
    assert found.attempts == 2
    assert time.monotonic() - began < 5.0
    assert later >= 3


async def test_a_cold_prompt_has_its_time_after_many_that_the_cache_held() -> None:
    clocks = Clocks(scale=0.01)
    slow = 80 / clocks.scale
    warm = set[str]()

    def script(seen: Seen) -> Reply:
        read = 10 if seen.prompt[:64] in warm else tokens(seen.prompt)
        warm.add(seen.prompt[:64])
        return Reply("fine", first_s=read / slow, cached_tokens=tokens(seen.prompt) - read)

    shared = "\n".join(f"line {number} of the instruction" for number in range(400))
    async with FakeVllm(script) as server, client(server, clocks=clocks) as asked:
        for step in range(30):
            assert isinstance(await asked(call(server, prompt=f"{shared}\nstep {step}")), Completion)
        cold = await outcome(asked, call(server, prompt="another " * 3000))
    assert isinstance(cold, Completion), cold
    assert (cold.first_token_ms or 0) > 1000 * clocks(60)
