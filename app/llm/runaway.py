"""Notices a model that runs in circles, while it still runs."""

from __future__ import annotations

import re

from app.llm.errors import Repetition

_LOOK_EVERY = 256
_PERIODS = range(1, 401)
_LEAST, _MOST, _CONSTRAINED = 2_000, 16_000, 400
_ROUNDS = 6
_BLANKS = 200
_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_BANGS_ALONE, _BANGS_SO_FAR, _BANGS_IN_A_ROW = 64, 200, "!" * 400
_SUSPECT = 60


def in_circles(text: str) -> bool:
    """Whether a text that its server cut short ended in blanks or in a short piece over and over."""
    end = text[-_SUSPECT:]
    if len(end) < _SUSPECT:
        return False
    return not end.strip() or any(end[period:] == end[:-period] for period in range(1, _SUSPECT // 3))


class Runaway:
    """Watches the text of one reply.

    A reply is in circles when its end repeats one piece over `span` characters (2,000 to 16,000; 400 under a
    schema, where no ruler or table belongs) and six rounds; when a schema's reply ends in 200 blanks; or
    when it is nothing but exclamation marks, as that of a model with broken arithmetic is: 200 of them since
    its start or its fence, 400 in a row anywhere, 64 in a reply that has ended.
    """

    def __init__(self, *, constrained: bool, span: int = _LEAST) -> None:
        self._constrained = constrained
        self._span = _CONSTRAINED if constrained else min(max(span, _LEAST), _MOST)
        self._keep = max(self._span, _ROUNDS * _PERIODS[-1]) + _PERIODS[-1]
        self._tail = ""
        self._whole = True
        self._unseen = 0

    def feed(self, text: str) -> None:
        """Takes the next piece of the reply. Raises `Repetition`."""
        self._tail += text
        self._unseen += len(text)
        if self._unseen < _LOOK_EVERY and not (self._constrained and not text.strip()):
            return
        self._unseen = 0
        self._whole &= len(self._tail) <= self._keep
        self._tail = self._tail[-self._keep :]
        why = self._verdict()
        if why:
            raise Repetition(f"the model runs in circles: {why}")

    def close(self) -> None:
        """The reply has ended, perhaps too early to have been looked at. Raises `Repetition`."""
        if self._whole and _bangs_alone(_FENCE.sub("", self._tail)) >= _BANGS_ALONE:
            raise Repetition("the model says nothing but exclamation marks")

    def _verdict(self) -> str:
        *before, so_far = _FENCE.split(self._tail)
        begun = self._whole or bool(before)
        if _BANGS_IN_A_ROW in self._tail or (begun and _bangs_alone(so_far) >= _BANGS_SO_FAR):
            return "nothing but exclamation marks"
        if self._constrained and len(self._tail) - len(self._tail.rstrip()) >= _BLANKS:
            return "nothing but blanks"
        for period in _PERIODS:
            span = max(self._span, _ROUNDS * period)
            if len(self._tail) >= span and self._repeats(period, 2 * period) and self._repeats(period, span):
                return f"{self._tail[-period:][:40]!r} over and over"
        return ""

    def _repeats(self, period: int, span: int) -> bool:
        end = self._tail[-span:]
        return end[period:] == end[:-period]


def _bangs_alone(text: str) -> int:
    """How many exclamation marks a text is, apart from blanks; 0 where it is anything else."""
    marks = "".join(text.split())
    return len(marks) if set(marks) == {"!"} else 0
