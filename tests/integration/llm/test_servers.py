"""The client before real sockets: what it sends, where it sends it, and what it learns."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from app.llm.call import Completion, Role
from app.llm.errors import (
    BackendUnavailable,
    CircuitOpen,
    ContextOverflow,
    ModelNotFound,
    PromptTruncated,
)
from app.llm.servers import ModelServers
from app.llm.tokens import MemoryRatios
from tests.fakes.ollama import FakeOllama
from tests.fakes.ports import closed_port
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm, error
from tests.fakes.wire import HANG
from tests.integration.llm.faults import SCHEMA
from tests.integration.llm.world import CLOCKS, call, client, config, outcome


async def test_ollama_is_asked_as_it_must_be() -> None:
    async with FakeOllama() as server, client(server, pm_context=8192) as asked:
        completion = await asked(call(server, schema=SCHEMA, temperature=0.2, max_tokens=99, stop=("x",)))
        body = server.calls[0].body
    assert json.loads(completion.text) == {"a": 1}
    assert (completion.backend, completion.server, completion.finish) == ("ollama", server.url, "stop")
    assert body["format"] == SCHEMA
    fixed = {"stream": True, "think": False, "truncate": False, "system": "You are terse."}
    assert fixed.items() <= body.items()
    options = {"num_ctx": 8192, "num_predict": 99, "temperature": 0.2, "stop": ["x"], "repeat_penalty": 1.0}
    assert options.items() <= body["options"].items()
    assert {"top_p", "top_k", "min_p"} <= body["options"].keys()
    assert "seed" not in body["options"]


async def test_vllm_is_asked_as_it_must_be() -> None:
    async with FakeVllm() as server, client(server) as asked:
        completion = await asked(call(server, schema=SCHEMA, key="step-3", task_id="t1"))
        await asked(call(server, seed=7))
        body, seeded = (seen.body for seen in server.calls)
        assert server.calls[0].headers["x-request-id"] == "t1.step-3.1"
    assert completion.cached_tokens == 0
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    sampling = {"temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty"}
    assert sampling <= body.keys()
    assert body["stream_options"] == {"include_usage": True}
    assert "seed" not in body
    assert seeded["seed"] == 7


async def test_every_call_of_an_ollama_has_one_window() -> None:
    async with FakeOllama() as server, client(server) as asked:
        for tokens in (10, 1000, 5000):
            await asked(call(server, max_tokens=tokens, prompt="words " * tokens))
        assert server.loads == 1
        assert {seen.body["options"]["num_ctx"] for seen in server.journal if seen.body.get("options")} == {
            16_384
        }


async def test_control_tokens_of_a_prompt_are_text_and_come_back_as_they_were() -> None:
    async with FakeVllm(lambda seen: seen.body["messages"][1]["content"]) as server, client(server) as asked:
        completion = await asked(call(server, prompt="write <|im_start|> down"))
        assert "<|im_start|>" not in server.calls[0].prompt
        assert completion.text == "write <|im_start|> down"


async def test_auto_takes_the_only_model_there_is() -> None:
    async with FakeVllm(models=("one",)) as server, client(server) as asked:
        assert (await asked(call(server))).model == "one"
    async with FakeVllm(models=("one", "two")) as server, client(server) as asked:
        assert type(await outcome(asked, call(server))) is ModelNotFound


async def test_a_server_that_lists_the_model_is_asked_again_after_it_once_said_that_it_has_none() -> None:
    gone = Reply(status=404, body={"error": "model 'executive_jr' not found"})
    async with FakeOllama([gone, Reply("here")]) as server, client(server) as asked:
        assert type(await outcome(asked, call(server))) is ModelNotFound
        assert (await asked(call(server))).text == "here"


async def test_a_prompt_past_the_window_is_counted_and_never_sent() -> None:
    async with FakeVllm(window=2048) as server, client(server) as asked:
        refused = await outcome(asked, call(server, prompt="x" * 4 * 2100))
        assert isinstance(refused, ContextOverflow)
        assert (refused.prompt_tokens, refused.window) == (2104, 2048)
        assert isinstance(await asked(call(server, prompt="x" * 4 * 1900)), Completion)
        assert len(server.calls) == 1
        assert [seen.path for seen in server.journal].count("/tokenize") == 2
        await asked(call(server))
        assert [seen.path for seen in server.journal].count("/tokenize") == 2


async def test_a_reply_longer_than_the_window_leaves_is_asked_for_shorter() -> None:
    said = "This model's maximum context length is 4096 tokens. However, you requested 8292 tokens \
(100 in the messages, 8192 in the completion)."
    async with FakeVllm([Reply(status=400, body=error(400, said)), "fits"], window=0) as server:
        server.window = 10**6
        async with client(server) as asked:
            assert (await asked(call(server, max_tokens=8192))).text == "fits"
        assert server.calls[1].body["max_tokens"] == 4096 - 100 - 16


async def test_a_prompt_past_the_pms_window_says_so_before_it_is_sent() -> None:
    async with FakeOllama() as server, client(server, pm_context=2048) as asked:
        refused = await outcome(asked, call(server, prompt="some words " * 2000))
        assert isinstance(refused, ContextOverflow)
        assert refused.window == 2048
        assert server.calls == []


async def test_an_ollama_that_shortens_prompts_in_silence_is_found_out() -> None:
    class Old(FakeOllama):
        async def answer(self, seen):
            seen.raw = seen.raw.replace(b'"truncate":false', b'"truncate":true')
            async for act in super().answer(seen):
                yield act

    async with Old() as server, client(server, pm_context=2048) as asked:
        result = await outcome(asked, call(server, prompt="x" * 4 * 2060, max_tokens=16))
        assert type(result) is PromptTruncated
        ratios = MemoryRatios()
        await ratios.write("executive_jr", 6.0)
    async with Old() as server:
        asked = ModelServers(config([server], pm_context=2048), ratios=ratios)
        result = await outcome(asked, call(server, prompt="x y z " * 4 * 380, max_tokens=16))
        assert type(result) is PromptTruncated
        await asked.aclose()


async def test_a_tasks_calls_go_to_one_server_and_move_only_when_it_fails() -> None:
    async with FakeVllm() as one, FakeVllm() as two, client(one, two) as asked:
        for number in range(20):
            for _ in range(3):
                await asked(call(one, task_id=f"t{number}"))
        tasks = [{seen.headers["x-request-id"].split(".")[0] for seen in s.calls} for s in (one, two)]
        assert not tasks[0] & tasks[1]
        assert all(tasks)
        await one.stop()
        results = await asyncio.gather(*(asked(call(one, task_id=f"t{number}")) for number in range(20)))
        assert {result.server for result in results} == {two.base}


async def test_an_overloaded_server_hands_over_at_once() -> None:
    busy = Reply(status=503, body={"error": "busy"}, headers={"Retry-After": "600"}, times=None)
    async with FakeVllm([busy]) as one, FakeVllm() as two, client(one, two) as asked:
        results = await asyncio.gather(*(asked(call(one, task_id=f"t{n}")) for n in range(8)))
        assert {result.server for result in results} == {two.base}


async def test_slots_of_another_keeper_are_held_around_each_call() -> None:
    from contextlib import asynccontextmanager

    held: list[tuple[str, Role]] = []

    class Keeper:
        @asynccontextmanager
        async def hold(self, server, role):
            held.append((server, role))
            yield

    async with FakeVllm() as server:
        asked = ModelServers(config([server]), slots=Keeper())
        await asked(call(server))
        await asked.aclose()
    assert held == [(server.base, Role.CODER)]


async def test_a_server_that_is_left_alone_is_named_with_what_was_wrong_with_it() -> None:
    with closed_port() as url:
        asked = ModelServers(config([], ollama_urls=(url,)))
        refused, left_alone = [await outcome(asked, call(FakeOllama())) for _ in range(2)]
        await asked.aclose()
    assert isinstance(refused, BackendUnavailable)
    assert isinstance(left_alone, CircuitOpen)
    for failed in (refused, left_alone):
        assert "connection refused" in str(failed)
        assert url in str(failed)


async def test_a_missing_model_is_told_with_those_there_are() -> None:
    async with FakeOllama(models=("a", "b")) as server, client(server) as asked:
        missing = await outcome(asked, call(server))
    assert "the server lists a:latest, b:latest" in str(missing)


async def test_a_call_that_a_busy_server_lets_wait_is_not_given_up() -> None:
    """The server works on one call at a time, as llama.cpp's with one slot does, and queues the rest."""
    clocks = replace(CLOCKS, first_token_s=40.0)
    one_at_a_time = asyncio.Semaphore(1)

    class Queueing(FakeVllm):
        async def answer(self, seen):
            async with one_at_a_time if seen.path in self.generates else asyncio.Semaphore():
                async for act in super().answer(seen):
                    yield act

    slowly = Reply("some words " * 8, token_s=0.05)
    async with Queueing(lambda seen: slowly) as server, client(server, clocks=clocks) as asked:
        results = await asyncio.gather(*(asked(call(server, task_id=f"t{n}")) for n in range(6)))
    assert max(result.first_token_ms or 0 for result in results) > 1000 * CLOCKS(clocks.first_token_s)
    assert all(result.attempts == 1 for result in results)


async def test_a_hung_server_is_tried_in_the_background_while_another_is_well() -> None:
    clocks = replace(CLOCKS, first_token_s=20.0, open_most_s=10.0)

    def hangs(seen):
        return Reply(start=[HANG])

    async with FakeVllm(hangs) as hung, FakeVllm() as well, client(hung, well, clocks=clocks) as asked:

        async def ask(number: int) -> Completion:
            return await asked(call(well, task_id=f"t{number}"))

        def ids() -> list[str]:
            return [seen.headers["x-request-id"] for seen in hung.calls]

        for number in range(40):
            await ask(number)
        assert len([name for name in ids() if name != "canary"]) == 3
        for number in range(40, 2000):
            await ask(number)
            if "canary" in ids():
                break
        assert "canary" in ids()
        assert len([name for name in ids() if name != "canary"]) == 3


async def test_the_failed_call_tells_how_often_it_was_tried() -> None:
    async with FakeVllm([Reply(status=500, body="", times=None)]) as server, client(server) as asked:
        failed = await outcome(asked, call(server))
        assert isinstance(failed, BackendUnavailable)
        assert failed.attempts == 2
        assert failed.server == server.base


async def test_no_seed_means_warmer_after_a_loop() -> None:
    async with FakeVllm([Reply(finish="repetition"), "fine"]) as server, client(server) as asked:
        await asked(call(server, temperature=0.0))
        first, second = (seen.body for seen in server.calls)
    assert (first["temperature"], second["temperature"]) == (0.0, 0.1)
    assert second["repetition_penalty"] == 1.05
    assert "seed" not in second


async def test_another_process_may_speak_to_the_stand_ins(tmp_path) -> None:
    import sys

    script = tmp_path / "script.json"
    script.write_text('["first", {"text": "second", "times": null}]')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes", "--script", str(script), stdin=-1, stdout=-1
    )
    assert process.stdout is not None
    assert process.stdin is not None
    urls = json.loads(await process.stdout.readline())
    from app.llm.config import LlmConfig

    asked = ModelServers(LlmConfig(ollama_urls=(urls["ollama"],), vllm_urls=(urls["vllm"],)))
    question = call(FakeVllm())
    assert [(await asked(question)).text for _ in range(3)] == ["first", "second", "second"]
    assert (await asked(replace(question, role=Role.PM))).text == "first"
    await asked.aclose()
    process.stdin.close()
    await process.wait()


@pytest.mark.parametrize("model", ["executive_jr", "executive_jr:latest"])
async def test_a_name_without_a_tag_is_the_latest(model: str) -> None:
    async with FakeOllama() as server, client(server, pm_model=model) as asked:
        await asked(call(server))
        (status, *_) = await asked.status()
        assert status.served
        assert status.context_window == 16_384
        assert CLOCKS
