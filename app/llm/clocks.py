"""The three clocks of a call: the first token, between tokens, the whole."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from app.llm.errors import BackendOverloaded, DeadlineExceeded, FirstTokenTimeout, StallTimeout

_SPAN = 1.5
_SIGN_EVERY_S = 0.25
_TOGETHER = 0.1


class Alarm:
    """An `asyncio.timeout` that is moved at each word of many calls: moving it later costs an assignment."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Lets it go off that many seconds from now, unless it has gone off already."""
        if self._timeout.expired():
            return
        self._due = self._loop.time() + seconds
        if self._timer is None:  # not wound yet, or it rang in this very turn
            self._timeout.reschedule(None)
            self._wind()
        elif self._due < self._timer.when():
            self._timer.cancel()
            self._wind()

    def _wind(self) -> None:
        self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self._due:
            self._wind()
        else:
            self._timeout.reschedule(self._due)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._timeout.__aenter__()
        self.set(self._seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)


class Whole:
    """The caller's deadline over all tries. Waiting for a slot has a deadline of the same length of its own.

    Raises `DeadlineExceeded`, or `BackendOverloaded` when no slot came free.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._queued = False
        self._alarm = Alarm(seconds)

    @property
    def left_s(self) -> float:
        return self._ends - time.monotonic()

    @property
    def left_share(self) -> float:
        return self.left_s / self._seconds

    @contextmanager
    def queueing(self) -> Iterator[None]:
        """Stops this clock for the time within."""
        began, self._queued = time.monotonic(), True
        self._alarm.set(self._seconds)
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._resume(began)
            raise
        self._resume(began)

    def _resume(self, began: float) -> None:
        self._queued = False
        self._ends += time.monotonic() - began
        self._alarm.set(self.left_s)

    async def __aenter__(self) -> Self:
        await self._alarm.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._alarm.__aexit__(kind, error, trace)
        except TimeoutError as late:
            if self._queued:
                raise BackendOverloaded(f"no slot came free within {self._seconds:g} s") from late
            raise DeadlineExceeded(f"no whole reply within {self._seconds:g} s") from late


class Signs:
    """What a server's calls tell each other: that it is busy and not hung."""

    def __init__(self) -> None:
        self._waiting: set[Watch] = set()
        self._said, self._of = -math.inf, -math.inf
        self.reading_s = 0.0
        """Seconds that the prompts without a first token may take: a server reads them between two pieces."""

    def waits(self, watch: Watch) -> None:
        """A call was sent and has no first token yet."""
        self._waiting.add(watch)
        self.reading_s = max(self.reading_s, watch.first_s)

    def waits_no_more(self, watch: Watch) -> None:
        if watch in self._waiting:
            self._waiting.remove(watch)
            self.reading_s = max((other.first_s for other in self._waiting), default=0.0)

    def spoke(self, sent: float) -> None:
        """The server said something to a call sent at that moment: later ones may be queued behind it.

        Earlier ones are not, and one that got lost is to be given up while others speak. What was just said
        of an earlier call is not said again.
        """
        now = time.monotonic()
        if sent >= self._of and now - self._said < _SIGN_EVERY_S:
            return
        self._said, self._of = now, sent
        for watch in self._waiting:
            if watch.sent >= sent - _TOGETHER * watch.first_s:
                watch.wait_anew()


class Watch:
    """The two inner clocks of one try. The first runs from the sending until an event that says something,
    and starts anew while the server speaks to earlier calls: it may queue calls behind those it works on.
    The second runs from each piece of the reply to the next, and asks of every one and a half stalls at least
    `least` characters a second: a server that trickles is never silent, and never done. While other calls
    wait for a first token it is as patient as their first clock, and the time does not count for the pace.
    Raises `FirstTokenTimeout` or `StallTimeout`.
    """

    def __init__(
        self,
        *,
        first_s: float,
        stall_s: float,
        least: float,
        signs: Signs,
        started: Callable[[], None] | None = None,
    ) -> None:
        self.first_s, self._stall_s, self._least, self._started = first_s, stall_s, least, started
        self._signs = signs
        self.sent = self._looked = self._last = time.monotonic()
        self._said = self._said_then = 0
        self._passed_on = self._reading_s = 0.0
        self._alarm = Alarm(first_s)
        self.first_token_s: float | None = None

    def wait_anew(self) -> None:
        """The server is busy with others: their end is to be waited for."""
        self._alarm.set(self.first_s)

    def piece(self, *, started: bool, said: int) -> None:
        """A piece of the reply came; `started` once any of them said something, `said` characters in all."""
        if not started:
            return
        now = time.monotonic()
        if self.first_token_s is None:
            self.first_token_s, self._looked = now - self.sent, now
            self._signs.waits_no_more(self)
            if self._started:
                self._started()
        elif self._reading_s:
            self._looked += now - self._last
        self._last, self._reading_s = now, self._signs.reading_s
        self._alarm.set(self._silence_s)
        if said > self._said:
            self._said = said
            self._pass_on(now)
        if now - self._looked >= _SPAN * self._stall_s:
            self._check_pace(now)

    @property
    def _silence_s(self) -> float:
        return max(self._stall_s, self._reading_s)

    def _pass_on(self, now: float) -> None:
        if now - self._passed_on >= _SIGN_EVERY_S:
            self._passed_on = now
            self._signs.spoke(self.sent)

    def _check_pace(self, now: float) -> None:
        came, seconds = self._said - self._said_then, now - self._looked
        if came < self._least * seconds:
            raise StallTimeout(f"only {came} characters in {seconds:.0f} s: too slow to end in time")
        self._looked, self._said_then = now, self._said

    def drain(self, seconds: float) -> None:
        """The reply is whole: its connection gets a moment to end well."""
        self._alarm.set(seconds)

    async def __aenter__(self) -> Self:
        self.sent = time.monotonic()
        await self._alarm.__aenter__()
        self._signs.waits(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signs.waits_no_more(self)
        try:
            await self._alarm.__aexit__(kind, error, trace)
        except TimeoutError as late:
            if self.first_token_s is None:
                waited = time.monotonic() - self.sent
                raise FirstTokenTimeout(f"nothing was said within {waited:.1f} s") from late
            raise StallTimeout(f"silence for {self._silence_s:g} s in the middle of a reply") from late
