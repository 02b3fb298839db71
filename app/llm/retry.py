"""The one owner of retries: what to do after a failure, within a budget."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from app.llm.clocks import Whole
from app.llm.config import Clocks
from app.llm.errors import (
    BackendOverloaded,
    BackendUnavailable,
    CircuitOpen,
    FirstTokenTimeout,
    LlmError,
    ModelNotFound,
    Repetition,
    StallTimeout,
    StreamInterrupted,
)

_MOST, _PER_CALL = 10.0, 0.1
_SHARE_FOR_ANOTHER_WAIT = 0.3
_ONCE = (StallTimeout, StreamInterrupted)


class Budget:
    """Retries a role may spend: each call earns a tenth of one, up to ten are kept."""

    def __init__(self) -> None:
        self._left = _MOST

    def earn(self) -> None:
        self._left = min(_MOST, self._left + _PER_CALL)

    def spend(self) -> bool:
        """Takes one retry, if there is one."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass
class Tries:
    """The tries of one call. `failed_at` are the servers that are not to be asked again."""

    clocks: Clocks
    budget: Budget
    number: int = 1
    failed_at: set[str] = field(default_factory=set)
    fresh: bool = False
    warmer: bool = False
    _same: dict[type[LlmError], int] = field(default_factory=dict)

    def pause_after(self, error: LlmError, server: str, *, others: bool, whole: Whole) -> float | None:
        """Seconds to wait before the next try, or None to give up. Notes where that try may not go."""
        self.fresh = self.warmer = False
        said = self._same[type(error)] = self._same.get(type(error), 0) + 1
        if isinstance(error, BackendUnavailable) and error.unanswered and said == 1:
            self.fresh = True
            return self._again(0.0) if error.stale or self.budget.spend() else None
        elsewhere = others and error.other_server and self._may_move(error, said, whole)
        if not elsewhere and said > self._retries(error, others=others):
            return None
        if not (elsewhere and _cost_nothing(error)) and not self.budget.spend():
            return None
        if elsewhere:
            self.failed_at.add(server)
            return self._again(0.0)
        self.warmer = isinstance(error, Repetition)
        pause = self._pause(error, said)
        return self._again(pause) if pause < whole.left_s else None

    def _again(self, pause: float) -> float:
        self.number += 1
        return pause

    def _may_move(self, error: LlmError, said: int, whole: Whole) -> bool:
        if isinstance(error, FirstTokenTimeout):
            return whole.left_share >= _SHARE_FOR_ANOTHER_WAIT
        return said == 1 or not isinstance(error, _ONCE)

    def _retries(self, error: LlmError, *, others: bool) -> int:
        if isinstance(error, BackendUnavailable) and (error.refused or error.unanswered):
            return 0
        return 1 if isinstance(error, StreamInterrupted) and not others else error.retries

    def _pause(self, error: LlmError, said: int) -> float:
        if isinstance(error, BackendOverloaded) and error.retry_after_s is not None:
            return self.clocks(error.retry_after_s)
        most = min(self.clocks.backoff_most_s, self.clocks.backoff_s * 2**said)
        least = self.clocks.backoff_s / 2 if isinstance(error, BackendUnavailable) else 0.0
        return self.clocks(random.uniform(least, most))  # noqa: S311 -- jitter


def _cost_nothing(error: LlmError) -> bool:
    """Whether the try ended before a server did any work for it."""
    never_came = isinstance(error, BackendUnavailable) and error.unconnected
    return never_came or isinstance(error, CircuitOpen | ModelNotFound)
