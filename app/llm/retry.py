"""The one owner of retries: what to do after a failure, within a budget."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
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

_MOST, _PER_CALL, _PER_SECOND = 10.0, 0.1, 0.5
_SHARE_FOR_ANOTHER_WAIT = 0.3
_ONCE = (StallTimeout, StreamInterrupted)


class Budget:
    """Retries a role may spend: each call earns a tenth of one, every second half a one; ten are kept."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._left, self._now, self._at = _MOST, now, now()

    def earn(self) -> None:
        """A call came."""
        self._fill(_PER_CALL)

    def spend(self) -> bool:
        """Takes one retry, if there is one."""
        self._fill(0.0)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _fill(self, earned: float) -> None:
        now = self._now()
        self._left = min(_MOST, self._left + earned + _PER_SECOND * (now - self._at))
        self._at = now


@dataclass
class Tries:
    """The tries of one call. `failed_at` are the servers it has turned away from, with what they did.

    A `patient` call has nobody to turn to, and waits for a busy server as long as its deadline lets it.
    """

    clocks: Clocks
    budget: Budget
    patient: bool = True
    number: int = 1
    failed_at: dict[str, LlmError] = field(default_factory=dict)
    fresh: bool = False
    warmer: bool = False
    _same: dict[type[LlmError], int] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _waited: float = 0.0

    def pause_after(self, error: LlmError, server: str, *, others: bool, whole: Whole) -> float | None:
        """Seconds to wait before the next try, or None to give up. Notes where that try may not go."""
        self.fresh = self.warmer = False
        said = self._same[type(error)] = self._same.get(type(error), 0) + 1
        if isinstance(error, BackendUnavailable) and error.unanswered and said == 1:
            self.fresh = True
            return self._again(0.0) if error.stale or self.budget.spend() else None
        earlier = None if others or not _did_nothing(error) else self._may_have_again()
        if earlier is not None:
            self._same[type(error)] -= 1
            self.failed_at[server] = error
            error, server = self.failed_at.pop(earlier), earlier
            return self._same_again(error, server, self._same[type(error)], whole)
        if not (others and error.other_server and self._may_move(error, said, whole)):
            return self._same_again(error, server, said, whole, others=others)
        if not (isinstance(error, BackendOverloaded) or _did_nothing(error) or self.budget.spend()):
            return None
        self.failed_at[server] = error
        return self._again(0.0)

    def _same_again(
        self, error: LlmError, server: str, said: int, whole: Whole, *, others: bool = False
    ) -> float | None:
        if said > self._retries(error, others=others) or not self._affords(error, server):
            return None
        self.warmer = isinstance(error, Repetition)
        pause = self._pause(error, said)
        self._waited += pause
        if pause >= whole.left_s or not (self.patient or self._waited <= self._patience_s):
            return None
        return self._again(pause)

    def _may_have_again(self) -> str | None:
        """The server to go back to when the one that a call moved to turns out not to be there."""
        return next(
            (
                server
                for server, what in self.failed_at.items()
                if not _did_nothing(what) and self._retries(what, others=False)
            ),
            None,
        )

    def _affords(self, error: LlmError, server: str) -> bool:
        """Whether there is a retry left for this; the first wait for a busy server costs none."""
        if isinstance(error, BackendOverloaded) and (error.ours or server not in self._busy):
            self._busy.add(server)
            return True
        return self.budget.spend()

    @property
    def _patience_s(self) -> float:
        return self.clocks(self.clocks.backoff_most_s)

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
        most = min(self.clocks.backoff_most_s, self.clocks.backoff_s * 2**said)
        least = self.clocks.backoff_s / 2 if isinstance(error, BackendUnavailable) else 0.0
        pause = random.uniform(least, most)  # noqa: S311 -- jitter
        asked_for = error.retry_after_s if isinstance(error, BackendOverloaded) else None
        return self.clocks(max(pause, asked_for or 0.0))


def _did_nothing(error: LlmError) -> bool:
    """Whether the try ended before a server did any work for it."""
    never_came = isinstance(error, BackendUnavailable) and error.unconnected
    return never_came or isinstance(error, CircuitOpen | ModelNotFound)
