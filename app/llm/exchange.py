"""One question over the wire and its answer, under the inner clocks; every failure has its name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus

from app import trigger
from app.llm.classify import from_reply
from app.llm.clocks import Signs, Watch
from app.llm.config import Clocks, Dialect, ServerConfig
from app.llm.errors import LlmError, MalformedResponse, StallTimeout, StreamInterrupted
from app.llm.http import Http, Reply
from app.llm.ollama import OllamaReading
from app.llm.stream import Answer, Reading
from app.llm.vllm import VllmReading

_PATH = {Dialect.OLLAMA: "/api/generate", Dialect.VLLM: "/chat/completions"}
_READING: dict[Dialect, type[Reading]] = {Dialect.OLLAMA: OllamaReading, Dialect.VLLM: VllmReading}
_CHARS_PER_TOKEN = 32
_CHARS_AT_LEAST = 64 * 1024
_DRAIN_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An encoded body and what is needed to read its answer.

    Times are in seconds, `least` in characters a second. `warmer` is the try after a loop.
    """

    body: bytes
    request_id: str
    first_s: float
    stall_s: float
    max_tokens: int
    least: float = 0.0
    constrained: bool = False
    fresh: bool = False
    warmer: bool = False
    started: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer, the seconds to its first token, and in how many pieces the rest came."""

    answer: Answer
    first_token_s: float
    pieces: int


class Exchange:
    """Puts questions to one server. Raises `app.llm.errors`; being cancelled closes the connection."""

    def __init__(self, http: Http, config: ServerConfig, clocks: Clocks) -> None:
        self._http, self._config, self._clocks = http, config, clocks
        self._signs = Signs()

    async def __call__(self, question: Question) -> Timed:
        limit = max(_CHARS_AT_LEAST, question.max_tokens * _CHARS_PER_TOKEN)
        reading = _READING[self._config.dialect](
            constrained=question.constrained,
            text_limit=limit,
            # a token of a loop is one to four characters: it is called well before the tokens are spent, and
            # later when it came twice, for a file of one row over and over comes twice as well
            loop_chars=question.max_tokens * (2 if question.warmer else 1),
        )
        watch = Watch(
            first_s=question.first_s,
            stall_s=question.stall_s,
            least=question.least,
            signs=self._signs,
            started=question.started,
        )
        trigger.point("model.asked")
        try:
            pieces = await self._read(question, reading, watch)
            answer = reading.answer()
        except LlmError as error:
            error.server = self._config.url
            raise
        trigger.point("model.answered")
        return Timed(answer, watch.first_token_s or 0.0, pieces)

    async def _read(self, question: Question, reading: Reading, watch: Watch) -> int:
        pieces = 0
        try:
            async with watch, self._open(question) as reply:
                await _check(reply)
                async for chunk in reply.body:
                    pieces += 1
                    reading.feed(chunk)
                    watch.piece(started=reading.started, said=reading.said)
                    if reading.done:
                        watch.drain(self._clocks(_DRAIN_S))
                reading.close(framed=reply.framed)
        except (StallTimeout, StreamInterrupted):
            if not reading.done:
                raise
        return pieces

    def _open(self, question: Question) -> AbstractAsyncContextManager[Reply]:
        headers = {"X-Request-Id": question.request_id}
        url = self._config.url + _PATH[self._config.dialect]
        return self._http.post(url, question.body, headers=headers, fresh=question.fresh)


async def _check(reply: Reply) -> None:
    if reply.status != HTTPStatus.OK:
        raise from_reply(reply.status, await reply.read(), reply.headers)
    if reply.media_type == "text/html":
        raise MalformedResponse("a web page came where a model's reply was due: is the URL a login's?")
