"""The parent's end: chats become calls of the coder, within a budget."""

from __future__ import annotations

import asyncio

import pytest

from app.llm.call import Completion, ModelCall, Role
from app.llm.errors import ContextOverflow
from app.rlm.limits import RlmFailed, RlmLimits
from app.rlm.line import Message
from app.rlm.proxy import POLITE_REFUSALS, flatten
from tests.unit.rlm.scripted import completion, served

DONE = {"answer": "done", "files": {}}


class Scripted:
    """An Ask that answers with the prompt in capitals and remembers its calls."""

    def __init__(self, **reply: object) -> None:
        self.calls: list[ModelCall] = []
        self._reply = reply

    async def __call__(self, call: ModelCall) -> Completion:
        self.calls.append(call)
        return completion(call.prompt.upper(), **self._reply)  # type: ignore[arg-type]


async def test_a_chat_is_a_call_of_the_coder_and_its_text_goes_back():
    ask = Scripted()
    async with served(ask) as (child, serving):
        child.ask(7, "hello")
        assert await child.hear() == {"call": 7, "text": "HELLO"}
        child.say(DONE)
        assert (await serving).answer == "done"
        assert [completion.text for completion in child.counted] == ["HELLO"]
    (call,) = ask.calls
    assert (call.task_id, call.role, call.prompt, call.schema) == ("t1", Role.CODER, "hello", None)


async def test_the_same_chat_has_the_same_key_in_whatever_order_it_comes():
    async def keys(*prompts: str) -> dict[str, str]:
        ask = Scripted()
        async with served(ask) as (child, _):
            for number, prompt in enumerate(prompts):
                child.ask(number, prompt)
            for _ in prompts:
                await child.hear()
        return {call.prompt: call.key for call in ask.calls}

    forth, back = await keys("a", "b", "c"), await keys("c", "b", "a")
    assert forth == back
    assert len(set(forth.values())) == 3
    assert all(key.startswith("rlm.rlm.") for key in forth.values())


async def test_asked_twice_is_two_calls():
    ask = Scripted()
    async with served(ask) as (child, _):
        for number in range(2):
            child.ask(number, "same")
            await child.hear()
    assert [call.key[-2:] for call in ask.calls] == [".1", ".2"]


async def test_sub_calls_go_side_by_side():
    together = asyncio.Barrier(5)

    async def ask(call: ModelCall) -> Completion:
        await together.wait()
        return completion(call.prompt)

    async with served(ask) as (child, _):
        for number in range(5):
            child.ask(number, str(number))
        heard = [await child.hear() for _ in range(5)]
    assert {reply["call"]: reply["text"] for reply in heard} == {n: str(n) for n in range(5)}


async def test_calls_past_the_budget_are_refused_with_the_reason_and_not_made():
    ask = Scripted()
    async with served(ask, RlmLimits(calls=2)) as (child, serving):
        heard = []
        for number in range(4):
            child.ask(number, str(number))
            heard.append(await child.hear())
        child.say(DONE)
        await serving
    assert ["error" in reply for reply in heard] == [False, False, True, True]
    assert "all 2 model calls" in heard[2]["error"]
    assert len(ask.calls) == 2


async def test_tokens_are_a_budget_too():
    async with served(Scripted(tokens=600), RlmLimits(tokens=1000)) as (child, _):
        child.ask(1, "a")
        assert "text" in await child.hear()
        child.ask(2, "b")
        assert "all 1000 tokens" in (await child.hear())["error"]


async def test_tokens_nobody_counted_are_estimated():
    async with served(Scripted(tokens=None), RlmLimits(tokens=1000)) as (child, _):
        child.ask(1, "x" * 6000)
        assert "text" in await child.hear()
        child.ask(2, "b")
        assert "error" in await child.hear()


async def test_a_child_that_goes_on_asking_is_given_up():
    async with served(Scripted(), RlmLimits(calls=1)) as (child, serving):
        for number in range(POLITE_REFUSALS + 3):
            child.ask(number, "again")
        with pytest.raises(RlmFailed) as failed:
            await serving
    assert failed.value.code == "rlm_call_limit"


async def test_a_cut_reply_is_no_reply():
    async with served(Scripted(finish="length")) as (child, _):
        child.ask(1, "long")
        assert "cut" in (await child.hear())["error"]


async def test_a_failed_call_is_told_and_names_the_run_that_dies_of_it():
    async def ask(call: ModelCall) -> Completion:
        raise ContextOverflow("9000 tokens, the window has 4096")

    async with served(ask) as (child, serving):
        child.ask(1, "x")
        assert "context_overflow" in (await child.hear())["error"]
        child.say({"failed": "RuntimeError"})
        with pytest.raises(RlmFailed) as failed:
            await serving
    assert failed.value.code == "context_overflow"
    assert "4096" in failed.value.detail


async def test_a_child_that_says_again_what_it_was_told_is_not_quoted():
    async def ask(call: ModelCall) -> Completion:
        raise ContextOverflow("9000 tokens, the window has 4096")

    async with served(ask) as (child, serving):
        child.ask(1, "x")
        told = (await child.hear())["error"]
        child.say({"failed": f"RuntimeError: {told}"})
        with pytest.raises(RlmFailed) as failed:
            await serving
    assert str(failed.value.detail) == "9000 tokens, the window has 4096"


async def test_what_is_no_models_failure_ends_the_run_as_itself():
    class Superseded(Exception): ...

    async def ask(call: ModelCall) -> Completion:
        raise Superseded

    async with served(ask) as (child, serving):
        child.ask(1, "x")
        with pytest.raises(Superseded):
            await serving


async def test_calls_in_flight_end_with_the_run():
    ended = asyncio.Event()

    async def ask(call: ModelCall) -> Completion:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async with served(ask) as (child, serving):
        child.ask(1, "x")
        await asyncio.sleep(0)
        child.say(DONE)
        await serving
    await asyncio.wait_for(ended.wait(), 5)


async def test_the_deadline_of_a_call_is_never_past_the_runs():
    ask = Scripted()
    async with served(ask, RlmLimits(wall_s=20, call_s=600)) as (child, _):
        child.ask(1, "x")
        await child.hear()
    assert 15 < ask.calls[0].deadline_s <= 20


def test_one_turn_is_the_prompt_itself():
    system, prompt = flatten((Message(role="system", content="S"), Message(role="user", content="U")))
    assert (system, prompt) == ("S", "U")


def test_more_turns_are_headed_by_their_speaker_and_grow_at_the_end():
    turns = [
        Message(role=role, content=text)
        for role, text in (("user", "q1"), ("assistant", "a1"), ("user", "q2"))
    ]
    _, two = flatten(turns[:2])
    _, three = flatten(turns)
    assert three == "## user\n\nq1\n\n## assistant\n\na1\n\n## user\n\nq2\n\n## assistant\n"
    assert three.startswith(two.removesuffix("\n\n## assistant\n"))
