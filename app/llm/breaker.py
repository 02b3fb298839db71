"""Stops asking a server that fails, and lets one small question decide when to ask it again."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from app.llm.config import Clocks

_IN_A_ROW = 5
_LAST = 20
_FEWEST = 10
_SHARE = 0.5


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """One server and model. Opens on five failures in a row, on half of the last twenty, or a refusal.
    A failure that took its caller's time counts twice in the row: the third opens.

    Open for five seconds, then twice as long each time the canary fails, up to a minute.
    """

    def __init__(self, clocks: Clocks, *, now: Callable[[], float] = time.monotonic) -> None:
        self._clocks, self._now = clocks, now
        self._last: deque[bool] = deque(maxlen=_LAST)
        self._row = 0
        self._open_s = 0.0
        self._until: float | None = None

    @property
    def state(self) -> State:
        if self._until is None:
            return State.CLOSED
        return State.OPEN if self.wait_s > 0 else State.HALF_OPEN

    @property
    def wait_s(self) -> float:
        """Seconds until the canary may be sent; 0 when it may, or need not."""
        return 0.0 if self._until is None else max(0.0, self._until - self._now())

    def succeeded(self) -> None:
        """A call or the canary was answered."""
        if self._until is not None:
            self._last.clear()
        self._last.append(True)
        self._row, self._open_s, self._until = 0, 0.0, None

    def failed(self, *, refused: bool = False, weight: int = 1) -> None:
        """A call or the canary failed in a way that counts; `weight` for one that cost more than others."""
        self._last.append(False)
        self._row += weight
        if self._until is not None:
            if self.wait_s == 0:
                self._open(self._open_s * 2)
            return
        often = len(self._last) >= _FEWEST and self._last.count(False) >= _SHARE * len(self._last)
        if refused or self._row >= _IN_A_ROW or often:
            self._open(self._clocks(self._clocks.open_s))

    def _open(self, seconds: float) -> None:
        self._open_s = min(seconds, self._clocks(self._clocks.open_most_s))
        self._until = self._now() + self._open_s * random.uniform(0.8, 1.0)  # noqa: S311 -- jitter
