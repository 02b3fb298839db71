"""Who is to blame when a process dies: the run that was at work, not those that waited for a model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from app.store.runs import WAITING

_PATIENCE_S = 30.0
_OFTEN = 10 * WAITING
"""Deaths beside others, after which it has to be found out whose they are."""


@dataclass
class Suspects:
    """The runs of this process, and which of them are at work.

    Tasks whose runs have died before take turns at it, so that the next death tells which of them it was.
    """

    _begun: set[str] = field(default_factory=set)
    _at_work: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _whose: str | None = None

    async def begin(self, task_id: str, *, suspect: bool) -> bool:
        """Lets the task's run begin, a suspect in its turn; True where a death now would be its doing."""
        self._begun.add(task_id)
        alone = not self._at_work
        if suspect:
            alone = await self._turn_of(task_id)
        self._at_work.add(task_id)
        return alone

    def waits(self, task_id: str, *, died: int) -> bool:
        """The run waits for a model; True where a death now would be its doing all the same.

        So it is for the only run there is. A task that died often beside others keeps its turn until it gets
        further, for it may be its calls that kill.
        """
        self._at_work.discard(task_id)
        if self._whose == task_id and died >= _OFTEN:
            return True
        self.went_on(task_id)
        return len(self._begun) == 1

    def went_on(self, task_id: str) -> None:
        """The run got further than those before it: the next suspect's turn."""
        if self._whose == task_id:
            self._whose = None
            self._turn.release()

    def over(self, task_id: str) -> None:
        """The run has ended, or there was none."""
        self._begun.discard(task_id)
        self._at_work.discard(task_id)
        self.went_on(task_id)

    async def _turn_of(self, task_id: str) -> bool:
        """Whether its turn came in time; some tasks are at work for long."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._turn.acquire()
        except TimeoutError:
            return False
        self._whose = task_id
        return True


@dataclass
class Calls:
    """One run's model calls in flight; `died` is what the deaths before it count, until it gets further."""

    died: int
    in_flight: int = 0
