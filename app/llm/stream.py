"""Reads a streamed reply piece by piece, whatever its dialect: lines, caps, text, and whether it is whole.

A reading is fed bytes as they come and asked for its answer at the end. It does no I/O, so any cut of any
stream can be tried on it: before the terminal mark has been read there is no answer, only an error.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from app.llm.errors import MalformedResponse
from app.llm.runaway import Runaway

LINE_LIMIT = 4 * 1024 * 1024
BODY_LIMIT = 64 * 1024 * 1024
_MUTE_EVENTS = 100_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one reply said, before anybody judged it. Counts are None where the server was silent."""

    text: str
    thinking: str
    finish: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    model: str | None
    load_s: float = 0.0


class Lines:
    """Splits bytes on line feeds and nothing else; a carriage return before one and a BOM are dropped."""

    def __init__(self, *, line_limit: int = LINE_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._held = bytearray()
        self._total = 0
        self._line_limit, self._body_limit = line_limit, body_limit

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now. Raises `MalformedResponse` past a cap."""
        if self._total == 0 and data:
            data = data.removeprefix(_BOM)
        self._total += len(data)
        if self._total > self._body_limit:
            raise MalformedResponse(f"the reply is longer than {self._body_limit} bytes")
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            self._hold(data)
            return []
        lines = bytes(self._held + head).split(b"\n")
        self._held.clear()
        self._hold(tail)
        return [line.removesuffix(b"\r") for line in lines]

    @property
    def unfinished(self) -> bool:
        """True while a line has begun and not ended."""
        return bool(self._held)

    def rest(self) -> bytes:
        """What came after the last newline."""
        rest, self._held = bytes(self._held), bytearray()
        return rest

    def _hold(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > self._line_limit:
            raise MalformedResponse(f"a line of the reply is longer than {self._line_limit} bytes")


class Reading(ABC):
    """The part of reading a reply that both dialects share; each supplies `take` and `answer`.

    `started` is true from the first event that carries a part of the reply; `done` from the terminal mark;
    `said` counts the characters had so far. A reply that is one JSON object needs no mark but its own end,
    which no cut leaves standing: it may be spread over lines and lack the last newline. Text that repeats one
    piece over `loop_chars` characters is a loop.
    """

    def __init__(self, *, constrained: bool, text_limit: int, loop_chars: int = 0) -> None:
        self.started = self.done = False
        self.said = 0
        self.model: str | None = None
        self._lines = Lines()
        self._spread = bytearray()
        self._alone = True
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._runaway = Runaway(constrained=constrained, span=loop_chars)
        self._room = text_limit
        self._mute = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the body. Raises an `LlmError` for what can never become an answer."""
        for line in self._lines.feed(data):
            if self.done:
                return
            if self._spread or line.strip() == b"{":
                self._spread += line + b"\n"
                continue
            self._alone &= not line.strip()
            self.take(line)

    def close(self, *, framed: bool) -> None:
        """The body has ended; `framed` tells that it ended where the server said it would."""
        rest = bytes(self._spread) + self._lines.rest()
        if rest and not self.done and (framed or (self._alone and _is_whole(rest))):
            self.take(rest)
        self._runaway.close()

    @abstractmethod
    def take(self, line: bytes) -> None:
        """Reads one line of the body."""

    @abstractmethod
    def answer(self) -> Answer:
        """The whole reply. Raises an `LlmError` where its end is missing or wrong."""

    def say(self, text: object, thinking: object = None) -> None:
        """Adds what an event said. Raises `MalformedResponse` and, for a reply in circles, `Repetition`."""
        self._mute = 0 if text or thinking else self._mute + 1
        if self._mute > _MUTE_EVENTS:
            raise MalformedResponse("the reply goes on and on without a word")
        for said, parts in ((text, self._text), (thinking, self._thinking)):
            if said is None or said == "":
                continue
            if not isinstance(said, str):
                raise MalformedResponse("the reply's text is not a string")
            self.said += len(said)
            self._room -= len(said)
            if self._room < 0:
                raise MalformedResponse("the reply is far longer than the tokens it may have")
            parts.append(said)
            self._runaway.feed(said)

    @property
    def text(self) -> str:
        return _mended("".join(self._text))

    @property
    def thinking(self) -> str:
        return _mended("".join(self._thinking))


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object of the dialect's framing. Raises `MalformedResponse`."""
    try:
        value = json.loads(data, strict=False)
    except (ValueError, RecursionError) as error:
        raise MalformedResponse(f"not JSON where JSON was due: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise MalformedResponse(f"not a JSON object where one was due: {data[:80]!r}")
    return value


def _is_whole(data: bytes) -> bool:
    try:
        json_object(data)
    except MalformedResponse:
        return False
    return True


def count(value: object) -> int | None:
    """A token count, or None for anything that cannot be one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _mended(text: str) -> str:
    """Halves of surrogate pairs joined where they meet, replaced where they stand alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
