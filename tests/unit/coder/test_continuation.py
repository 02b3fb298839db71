"""A cut reply goes on where it stopped, as long as that helps."""

from __future__ import annotations

import asyncio

import pytest

from app.coder.continuation import MOST, ask_whole
from app.llm.call import ModelCall, Role
from app.llm.errors import BackendUnavailable, ContextOverflow, OutputInvalid
from tests.unit.coder.scripted import Scripted, cut, said

CALL = ModelCall(task_id="t", key="step-1.1", role=Role.CODER, system="", prompt="Write a.py.", max_tokens=9)


@pytest.mark.parametrize("error", [ContextOverflow("full"), OutputInvalid("nothing"), BackendUnavailable("")])
async def test_what_was_said_stands_where_the_continuation_fails(error):
    text, completion = await ask_whole(Scripted([cut("a\n"), cut("b\n", prefilled=True), error]), CALL)

    assert (text, completion.whole) == ("a\nb\n", False)


async def test_a_reply_that_fails_by_itself_is_an_error():
    with pytest.raises(ContextOverflow):
        await ask_whole(Scripted([ContextOverflow("full")]), CALL)


async def test_a_cancelled_continuation_is_cancelled():
    with pytest.raises(asyncio.CancelledError):
        await ask_whole(Scripted([cut("a\n"), asyncio.CancelledError()]), CALL)


async def test_nothing_more_is_asked_for_once_there_is_enough():
    model = Scripted([cut("a\n"), cut("b\n", prefilled=True), said("c\n", prefilled=True)])

    text, completion = await ask_whole(model, CALL, enough=lambda text: "b" in text)

    assert (text, completion.whole) == ("a\nb\n", False)
    assert [call.key for call in model.calls] == ["step-1.1", "step-1.1.more-1"]


async def test_a_reply_that_is_cut_each_time_is_continued_a_few_times():
    model = Scripted([cut("a\n", prefilled=True)])

    text, completion = await ask_whole(model, CALL)

    assert (text, completion.whole) == ("a\n" * (1 + MOST), False)


async def test_the_figures_of_a_continued_reply_are_those_of_all_its_parts():
    model = Scripted(
        [
            cut("a\n", prompt_tokens=10, completion_tokens=2, duration_ms=5, first_token_ms=1),
            said("b\n", prompt_tokens=12, cached_tokens=9, duration_ms=7, first_token_ms=3, prefilled=True),
        ]
    )

    _, completion = await ask_whole(model, CALL)

    assert (completion.prompt_tokens, completion.completion_tokens, completion.cached_tokens) == (22, 2, 9)
    assert (completion.duration_ms, completion.first_token_ms) == (12, 1)


async def test_figures_that_no_part_tells_stay_unknown():
    _, completion = await ask_whole(Scripted([cut("a\n"), said("b\n")]), CALL)

    assert (completion.prompt_tokens, completion.completion_tokens, completion.cached_tokens) == (None,) * 3


CUT_INSIDE = "The last line was cut. Begin with it, written out whole, and go on from there, "
CUT_BELOW = "Continue exactly after this last line, without repeating it and "


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("a = 1\nb = ", f"a = 1\nb = \n\n{CUT_INSIDE}without opening a new block:\nb = "),
        ("def f():\n    ", f"def f():\n\n{CUT_BELOW}without opening a new block:\ndef f():"),
        ("a = 1\n\n", f"a = 1\n\n\n{CUT_BELOW}without opening a new block:\na = 1"),
    ],
)
async def test_a_server_that_is_asked_in_words_is_told_where_the_reply_was_cut(text, asked):
    model = Scripted([cut(text), said("c\n")])
    await ask_whole(model, CALL)

    assert (model.calls[1].prefill, model.calls[1].prompt) == (text, CALL.prompt)
    assert model.calls[1].prompt_without_prefill == (
        f"Write a.py.\n\nYour reply so far was cut off:\n\n{asked}"
    )
