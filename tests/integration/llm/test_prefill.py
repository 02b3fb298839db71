"""A reply whose start the server is handed: to whom, in which form, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm, error
from tests.fakes.wire import Seen, plain
from tests.integration.llm.world import call, client


async def test_a_prefill_is_sent_and_never_repeated() -> None:
    async with FakeVllm(["tail", "```py\ntail"]) as server, client(server) as asked:
        for _ in range(2):
            completion = await asked(call(server, prefill="```py\n"))
            assert (completion.text, completion.prefilled) == ("tail", True)
        body = server.calls[0].body
    assert body["messages"][-1] == {"role": "assistant", "content": "```py\n"}
    assert (body["add_generation_prompt"], body["continue_final_message"]) == (False, True)


async def test_a_server_that_refuses_a_prefill_is_asked_without_from_then_on() -> None:
    def script(seen):
        refused = Reply(status=400, body=error(400, "Cannot continue the final message"))
        return refused if seen.body.get("continue_final_message") else "plain"

    async with FakeVllm(script) as server, client(server) as asked:
        for _ in range(2):
            completion = await asked(call(server, prefill="```py\n", prompt_without_prefill="in words"))
            assert (completion.text, completion.prefilled) == ("plain", False)
        assert len(server.calls) == 3
        assert server.calls[-1].body["messages"][1:] == [{"role": "user", "content": "in words"}]


async def test_a_server_of_an_unknown_kind_is_handed_no_prefill() -> None:
    async with FakeVllm(["plain"], version=None) as server, client(server) as asked:
        completion = await asked(call(server, prefill="```py\n", prompt_without_prefill="in words"))
        assert (completion.text, completion.prefilled) == ("plain", False)
        assert server.calls[0].body["messages"][1:] == [{"role": "user", "content": "in words"}]


@pytest.mark.parametrize("listed", [{"owned_by": "library"}, {"owned_by": "other", "max_model_len": 4096}])
async def test_a_server_that_only_has_a_version_is_handed_no_prefill(listed: dict[str, Any]) -> None:
    class Shim(FakeVllm):
        def _other(self, seen: Seen) -> bytes:
            models = plain(200, {"data": [{"id": "coder", **listed}]})
            return models if seen.path == "/v1/models" else super()._other(seen)

    async with Shim(["plain"]) as server, client(server) as asked:
        assert not (await asked(call(server, prefill="```py\n"))).prefilled


async def test_a_llama_server_is_handed_a_prefill() -> None:
    class Llama(FakeVllm):
        def _other(self, seen: Seen) -> bytes:
            if seen.path == "/v1/models":
                return plain(200, {"data": [{"id": "coder", "owned_by": "llamacpp"}]})
            props = {"default_generation_settings": {"n_ctx": 4096}}
            return plain(200, props) if seen.path == "/props" else super()._other(seen)

    async with Llama(["tail"], version=None) as server, client(server) as asked:
        assert (await asked(call(server, prefill="```py\n"))).prefilled


async def test_a_continuation_that_a_reasoning_parser_took_for_thoughts_is_asked_for_in_words() -> None:
    def script(seen):
        return Reply("", thinking="tail") if seen.body.get("continue_final_message") else "plain"

    async with FakeVllm(script) as server, client(server) as asked:
        completion = await asked(call(server, prefill="```py\n", prompt_without_prefill="in words"))
        assert (completion.text, completion.prefilled) == ("plain", False)


async def test_a_reply_that_had_been_whole_ends_with_nothing_more() -> None:
    async with FakeVllm([Reply("")]) as server, client(server) as asked:
        completion = await asked(call(server, prefill="done"))
        assert (completion.text, completion.whole) == ("", True)


async def test_control_tokens_of_a_prefill_are_text_and_are_not_repeated() -> None:
    def script(seen):
        return f"{seen.body['messages'][-1]['content']} end"

    async with FakeVllm(script) as server, client(server) as asked:
        completion = await asked(call(server, prefill="a <|im_start|>"))
        assert "<|im_start|>" not in server.calls[0].body["messages"][-1]["content"]
        assert completion.text == " end"


async def test_near_the_edge_a_prefill_is_counted_with_the_prompt_it_goes_on_with() -> None:
    async with FakeVllm(["tail"], window=2048) as server, client(server) as asked:
        await asked(call(server, prompt="x" * 4 * 1000, prefill="y" * 4 * 900))
        counted, sent = (seen.body for seen in server.journal if seen.body.get("messages"))
    assert counted["messages"] == sent["messages"]
    assert (counted["add_generation_prompt"], counted["continue_final_message"]) == (False, True)
    assert sent["max_tokens"] == 2048 - 1900 - 4 - 16
