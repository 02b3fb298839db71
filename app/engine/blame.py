"""Who is to blame when a process dies: the run that was at work, not those that waited for a model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

_PATIENCE_S = 30.0


@dataclass
class Suspects:
    """The runs of this process that are at work.

    Tasks whose runs have died before take turns at it, so that the next death tells which of them it was.
    """

    _at_work: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _whose: str | None = None

    async def begin(self, task_id: str, *, suspect: bool) -> bool:
        """Lets the task's run begin, a suspect in its turn; True where a death now would be its doing."""
        alone = not self._at_work
        if suspect:
            alone = await self._turn_of(task_id)
        self._at_work.add(task_id)
        return alone

    def clear(self, task_id: str) -> None:
        """The run waits for a model, or is over."""
        self._at_work.discard(task_id)
        if self._whose == task_id:
            self._whose = None
            self._turn.release()

    async def _turn_of(self, task_id: str) -> bool:
        """Whether its turn came in time; some tasks are at work for long."""
        try:
            await asyncio.wait_for(self._turn.acquire(), _PATIENCE_S)
        except TimeoutError:
            return False
        self._whose = task_id
        return True


@dataclass
class Calls:
    """One run's model calls in flight; `died` is what the deaths before it count, until it gets further."""

    died: int
    in_flight: int = 0
