"""The continuation of a cut reply: ask for the rest until it is whole, or what is wanted of it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.coder.joining import Cut, joined
from app.coder.prompt import continuation_prompt
from app.llm.call import Ask, Completion, ModelCall
from app.llm.errors import LlmError

MOST = 3


def _never(_: str) -> bool:
    return False


async def ask_whole(
    ask: Ask, call: ModelCall, *, enough: Callable[[str], bool] = _never
) -> tuple[str, Completion]:
    """The reply's whole text and its last completion, after at most `MOST` continuations.

    A cut reply that is `enough` is not continued. The completion counts the tokens and the time of all
    parts; its `finish` is "length" where the text is still cut: the last continuation was, or it failed.
    Raises `LlmError` where the reply itself does.
    """
    completion = await ask(call)
    text = completion.text
    for turn in range(1, MOST + 1):
        if completion.whole or not completion.text.strip() or enough(text):
            break
        try:
            more = await ask(_continuing(call, text, turn))
        except LlmError:
            break  # what was said so far may hold all that is wanted
        text = joined(text, more.text, handed=more.prefilled)
        completion = _together(completion, more)
    return text, completion


def _continuing(call: ModelCall, text: str, turn: int) -> ModelCall:
    cut = Cut.of(text)
    return replace(
        call,
        key=f"{call.key}.more-{turn}",
        prefill=text,
        prompt_without_prefill=continuation_prompt(call.prompt, cut.lines, cut.line),
    )


def _together(first: Completion, last: Completion) -> Completion:
    """The last completion with the figures of both."""
    return replace(
        last,
        prompt_tokens=_sum(first.prompt_tokens, last.prompt_tokens),
        completion_tokens=_sum(first.completion_tokens, last.completion_tokens),
        cached_tokens=_sum(first.cached_tokens, last.cached_tokens),
        duration_ms=first.duration_ms + last.duration_ms,
        first_token_ms=first.first_token_ms,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
