"""Prompts that may or may not fit, and servers that answer a part of one."""

from __future__ import annotations

import pytest

from app.llm.call import Completion
from app.llm.errors import ContextOverflow, PromptTruncated
from app.llm.servers import ModelServers
from app.llm.tokens import MemoryRatios
from tests.fakes.disguised import OllamaInDisguise
from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm
from tests.integration.llm.world import call, client, config, outcome

PROSE = "word " * 16_000
"""20,000 tokens of a stand-in, 44,000 by what a prompt of digits taught."""


async def taught_by_digits(server: FakeOllama | FakeVllm) -> ModelServers:
    ratios = MemoryRatios()
    for model in ("coder", "executive_jr"):
        await ratios.write(model, 1.8)
    return ModelServers(config([server], pm_context=32_768), ratios=ratios)


async def test_a_prompt_that_seems_far_too_long_is_counted_before_it_is_refused() -> None:
    async with FakeVllm(window=32_768) as server:
        asked = await taught_by_digits(server)
        assert isinstance(await outcome(asked, call(server, prompt=PROSE)), Completion)
        assert [seen.path for seen in server.journal].count("/tokenize") == 1
        await asked.aclose()


async def test_where_nobody_counts_the_server_that_refuses_overlong_prompts_decides() -> None:
    async with FakeOllama() as server:
        asked = await taught_by_digits(server)
        assert isinstance(await outcome(asked, call(server, prompt=PROSE)), Completion)
        refused = await outcome(asked, call(server, prompt="words " * 24_000))
        assert isinstance(refused, ContextOverflow)
        assert refused.prompt_tokens == 36_004
        assert len(server.calls) == 2
        await asked.aclose()


async def test_an_old_server_that_would_shorten_the_prompt_is_not_sent_it() -> None:
    async with FakeOllama(version="0.11.0") as server:
        asked = await taught_by_digits(server)
        assert type(await outcome(asked, call(server, prompt=PROSE))) is ContextOverflow
        assert server.calls == []
        await asked.aclose()


async def test_a_reply_that_grew_past_the_window_is_one_to_a_part_of_the_prompt() -> None:
    async with FakeOllama([Reply("{}", prompt_tokens=12_000, completion_tokens=5000)]) as server:
        async with client(server) as asked:
            shifted = await outcome(asked, call(server, prompt="abcdefgh " * 4000, max_tokens=8192))
        assert type(shifted) is PromptTruncated
        assert "5000" in str(shifted)


async def test_a_server_of_the_other_dialect_that_dropped_half_of_the_prompt_is_found_out() -> None:
    """Ollama under its `/v1`, which lists no window and takes the one it has by default."""
    async with FakeVllm([Reply("fine", prompt_tokens=2050)], version=None, window=10**6) as server:
        async with client(server) as asked:
            result = await outcome(asked, call(server, prompt="some different words " * 6000))
        assert type(result) is PromptTruncated


async def test_an_ollama_asked_as_vllm_is_not_sent_what_its_window_cannot_hold() -> None:
    async with OllamaInDisguise(loaded={"coder": 4096}) as server, client(server) as asked:
        refused = await outcome(asked, call(server, prompt="word " * 6_000))
        assert isinstance(refused, ContextOverflow)
        assert refused.window == 4096
        assert server.calls == []


@pytest.mark.parametrize("counted", [2050, 4095, 4096])
async def test_an_ollama_asked_as_vllm_is_not_believed_when_it_counts_a_full_window(counted: int) -> None:
    cut = Reply("hello", prompt_tokens=counted)
    async with OllamaInDisguise(lambda seen: cut) as server, client(server) as asked:
        assert isinstance(await outcome(asked, call(server, prompt="word " * 6_000)), PromptTruncated)


async def test_an_ollama_asked_as_vllm_is_believed_when_it_counts_the_prompt() -> None:
    async with OllamaInDisguise() as server, client(server) as asked:
        assert isinstance(await outcome(asked, call(server, prompt="word " * 6_000)), Completion)


async def test_an_old_vllm_is_sent_what_may_fit() -> None:
    async with FakeVllm(version="0.11.0", window=9_990, tokenize=False) as server, client(server) as asked:
        assert isinstance(await outcome(asked, call(server, prompt="word " * 7_600)), Completion)
