"""Notices a model that runs in circles, while it still runs."""

from __future__ import annotations

from app.llm.errors import Repetition

_LOOK_EVERY = 256
_PERIODS = range(1, 401)
_FREE, _CONSTRAINED = 2_000, 400
_ROUNDS = 6
_BLANKS = 200
_BANGS = "!" * 64
_SUSPECT = 60


def in_circles(text: str) -> bool:
    """Whether a text that its server cut short ended in blanks or in a short piece over and over."""
    end = text[-_SUSPECT:]
    if len(end) < _SUSPECT:
        return False
    return not end.strip() or any(end[period:] == end[:-period] for period in range(1, _SUSPECT // 3))


class Runaway:
    """Watches the text of one reply.

    A reply is in circles when its end repeats one piece over at least 2,000 characters (400 under a
    schema, where no ruler or table belongs) and six rounds; when a schema's reply ends in 200 blanks; or
    when it holds 64 exclamation marks in a row, as a model with broken arithmetic does.
    """

    def __init__(self, *, constrained: bool) -> None:
        self._constrained = constrained
        self._span = _CONSTRAINED if constrained else _FREE
        self._keep = max(self._span, _ROUNDS * _PERIODS[-1]) + _PERIODS[-1]
        self._tail = ""
        self._unseen = 0

    def feed(self, text: str) -> None:
        """Takes the next piece of the reply. Raises `Repetition`."""
        self._tail += text
        self._unseen += len(text)
        if self._unseen < _LOOK_EVERY and not (self._constrained and not text.strip()):
            return
        self._unseen = 0
        self._tail = self._tail[-self._keep :]
        why = self._verdict()
        if why:
            raise Repetition(f"the model runs in circles: {why}")

    def close(self) -> None:
        """The reply has ended, perhaps too early to have been looked at. Raises `Repetition`."""
        if _BANGS in self._tail:
            raise Repetition("the model says nothing but exclamation marks")

    def _verdict(self) -> str:
        if _BANGS in self._tail:
            return "nothing but exclamation marks"
        if self._constrained and len(self._tail) - len(self._tail.rstrip()) >= _BLANKS:
            return "nothing but blanks"
        for period in _PERIODS:
            span = max(self._span, _ROUNDS * period)
            end = self._tail[-span:]
            if len(end) == span and end[period:] == end[:-period]:
                return f"{end[-period:][:40]!r} over and over"
        return ""
