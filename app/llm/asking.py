"""One try of a call at one server: fit it into the window, wait for a slot, ask, judge what came."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from app.llm import ollama, vllm
from app.llm.call import Completion, ModelCall
from app.llm.clocks import Whole
from app.llm.config import Dialect, ServerConfig
from app.llm.errors import ContextOverflow, InvalidRequest, OutputInvalid, PromptTruncated
from app.llm.exchange import Exchange, Question, Timed
from app.llm.fit import MARGIN, room_for
from app.llm.pace import Pace
from app.llm.retry import Tries
from app.llm.schema import portable
from app.llm.slots import FairQueue, Slots
from app.llm.special import neutralise, restore
from app.llm.thinking import split_thinking
from app.llm.tokens import Estimate, Estimator
from app.llm.truncation import UNKNOWN_WINDOW, Verdict, dropped, verdict, went_past

_FILLER = "\n\n. . . . . . . ."
_SHORT_FILE = 1200
_NOT_IN_AN_ID = re.compile(r"[^\w.:-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What holds for a call at this server: the model's name, its window, how to count there.

    `continues` says that it goes on with a reply whose start it is handed, `is_ollama` which habits it has,
    whatever dialect it is asked in.
    """

    model: str
    window: int | None
    shortens: bool
    continues: bool
    is_ollama: bool
    count: Callable[[ModelCall], Awaitable[int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One try with what was worked out for it."""

    call: ModelCall
    place: Place
    number: int
    room: int
    estimate: Estimate
    prefill: bool
    fresh: bool
    warmer: bool

    @property
    def request_id(self) -> str:
        call = self.call
        return _NOT_IN_AN_ID.sub("-", f"{call.task_id}.{call.key}.{self.number}")[:120]


class Asking:
    """Puts calls to one server, and learns its pace and its tokens from the answers."""

    def __init__(
        self,
        config: ServerConfig,
        exchange: Exchange,
        *,
        queue: FairQueue,
        slots: Slots | None,
        pace: Pace,
        estimator: Estimator,
        check: Callable[[], None],
    ) -> None:
        self._config, self._exchange = config, exchange
        self._queue, self._slots, self._pace, self._estimator = queue, slots, pace, estimator
        self._check = check
        self._refuses_prefill = False

    async def __call__(self, call: ModelCall, place: Place, tries: Tries, whole: Whole) -> Completion:
        """Raises an `LlmError`."""
        call = _as_sent(call)
        prefill = bool(call.prefill) and place.continues and not self._refuses_prefill
        call = call if prefill else _in_words(call)
        prompt = _encoded(call)
        estimate = await self._estimator.estimate(place.model, prompt)
        room = await room_for(
            estimate,
            window=place.window,
            wanted=call.max_tokens,
            exact=lambda: place.count(call),
            strict=place.shortens,
        )
        one = _Try(
            call=call,
            place=place,
            number=tries.number,
            room=room,
            estimate=estimate,
            prefill=prefill,
            fresh=tries.fresh,
            warmer=tries.warmer,
        )
        async with AsyncExitStack() as held:
            with whole.queueing():
                await held.enter_async_context(self._queue.hold(call.task_id, priority=call.priority))
                if self._slots is not None:
                    await held.enter_async_context(self._slots.hold(self._config.url, call.role))
            self._check()
            began = time.monotonic()
            one, timed = await self._answered(one)
            took = time.monotonic() - began
        self._learn(prompt, timed, took)
        return _completion(one, timed, took, self._config)

    async def _answered(self, one: _Try) -> tuple[_Try, Timed]:
        """The answer, to the question put once more where the server takes it only in another form."""
        try:
            timed = await self._put(one)
        except ContextOverflow as error:
            room = _room_left(one, error)
            if room is None:
                raise
            one = replace(one, room=room)
            timed = await self._put(one)
        except InvalidRequest:
            if not one.prefill:
                raise
            return await self._in_words(one)
        if one.prefill and timed.answer.thinking and not timed.answer.text.strip():
            return await self._in_words(one)  # a reasoning parser took the continuation for thoughts
        return one, await self._of_whole_prompt(one, timed)

    async def _in_words(self, one: _Try) -> tuple[_Try, Timed]:
        """The answer of a server that turned out not to go on with a reply; it is handed none again."""
        one = replace(one, call=_in_words(one.call), prefill=False)
        timed = await self._put(one)
        self._refuses_prefill = True
        return one, timed

    async def _of_whole_prompt(self, one: _Try, timed: Timed) -> Timed:
        """The answer, if it is one to the whole prompt. Raises `PromptTruncated`."""
        found = self._verdict(one, timed)
        if found is Verdict.DOUBTFUL:
            longer = replace(one, call=replace(one.call, prompt=one.call.prompt + _FILLER))
            again = await self._put(longer)
            if again.answer.prompt_tokens != timed.answer.prompt_tokens:
                return again
        if found is not Verdict.ABSENT:
            raise PromptTruncated(
                f"the server counted {timed.answer.prompt_tokens} prompt tokens of about "
                f"{one.estimate.likely} and {timed.answer.completion_tokens} of the reply, with a window of "
                f"{one.place.window}: it dropped a part of the prompt"
            )
        return timed

    def _verdict(self, one: _Try, timed: Timed) -> Verdict:
        counted, place = timed.answer.prompt_tokens, one.place
        if not place.is_ollama:
            return Verdict.TRUNCATED if dropped(counted, one.estimate) else Verdict.ABSENT
        if went_past(counted, timed.answer.completion_tokens, place.window):
            return Verdict.TRUNCATED
        windows = {window for window in (place.window, self._config.window) if window is not None}
        found = {
            verdict(counted, one.estimate, window, num_keep=ollama.NUM_KEEP)
            for window in windows or {UNKNOWN_WINDOW}
        }
        return max(found, key=list(Verdict).index)

    async def _put(self, one: _Try) -> Timed:
        with self._pace.sending(one.estimate.likely) as first_s:
            return await self._exchange(
                Question(
                    body=ollama.encode(self._body(one)),
                    request_id=one.request_id,
                    first_s=first_s,
                    stall_s=self._pace.stall_s,
                    max_tokens=one.room,
                    least=_SHORT_FILE / one.call.deadline_s,
                    constrained=one.call.schema is not None,
                    fresh=one.fresh,
                    warmer=one.warmer,
                    started=one.call.started,
                )
            )

    def _body(self, one: _Try) -> dict[str, Any]:
        if self._config.dialect is Dialect.OLLAMA:
            return ollama.request(
                one.call,
                model=one.place.model,
                window=self._config.window,
                max_tokens=one.room,
                warmer=one.warmer,
            )
        return vllm.request(
            one.call, model=one.place.model, max_tokens=one.room, prefill=one.prefill, warmer=one.warmer
        )

    def _learn(self, prompt: bytes, timed: Timed, took: float) -> None:
        counted = timed.answer.prompt_tokens
        self._estimator.learn(prompt, counted)
        self._pace.learn(
            prompt_tokens=counted,
            cached_tokens=timed.answer.cached_tokens,
            first_token_s=timed.first_token_s,
            rest_s=took - timed.first_token_s,
            pieces=timed.pieces,
        )


def _as_sent(call: ModelCall) -> ModelCall:
    """The call with a prompt that holds no control token and a schema that every server understands."""
    return replace(
        call,
        system=neutralise(call.system),
        prompt=neutralise(call.prompt),
        prompt_without_prefill=neutralise(call.prompt_without_prefill),
        prefill=neutralise(call.prefill),
        schema=None if call.schema is None else portable(call.schema),
    )


def _in_words(call: ModelCall) -> ModelCall:
    """The call as it is put to a server that cannot be handed the start of its reply."""
    return replace(call, prompt=call.prompt_without_prefill or call.prompt, prefill="")


def _encoded(call: ModelCall) -> bytes:
    try:
        return f"{call.system}\n{call.prompt}{call.prefill}".encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("the prompt holds half a character, which no server can be sent") from error


def _room_left(one: _Try, error: ContextOverflow) -> int | None:
    """A shorter reply's tokens, where it was the reply and not the prompt that went past the window."""
    if error.window is None:
        return None
    prompt_tokens = one.estimate.likely if error.prompt_tokens is None else error.prompt_tokens
    room = error.window - prompt_tokens - MARGIN
    return room if MARGIN <= room < one.room else None


def _completion(one: _Try, timed: Timed, took: float, config: ServerConfig) -> Completion:
    answer, text, thinking = timed.answer, restore(timed.answer.text), ""
    if one.prefill:
        text = text.removeprefix(restore(one.call.prefill))
    else:
        thinking, text = split_thinking(text)
    if answer.finish == "stop" and not (text.strip() or one.prefill):
        hint = (
            "all it said is thinking: send think: false" if answer.thinking or thinking else "it said nothing"
        )
        raise OutputInvalid(f"the model ended without an answer; {hint}", text=text)
    return Completion(
        text=text,
        finish=answer.finish,
        model=answer.model or one.place.model,
        backend=config.dialect.value,
        server=config.url,
        thinking="\n".join(part for part in (answer.thinking, thinking) if part),
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        cached_tokens=answer.cached_tokens,
        duration_ms=round(took * 1000),
        first_token_ms=round(timed.first_token_s * 1000),
        attempts=one.number,
        prefilled=one.prefill,
        request_id=one.request_id,
    )
