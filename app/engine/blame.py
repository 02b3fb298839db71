"""Who is to blame when a process dies: the only run it had; beside others that has to be found out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from app.store.runs import BESIDE

_OFTEN = 5 * BESIDE
"""Deaths beside others, after which it has to be found out whose they are."""
_PATIENCE_S = 30.0


@dataclass
class Suspects:
    """The runs of this process, and those whose tasks have died before.

    A task that died often beside others runs in a turn of its own until it gets further; whoever died at all
    waits until no such turn is held, so that a death then is known to be the holder's.
    """

    _begun: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _whose: str | None = None

    def enter(self, task_id: str) -> None:
        """A run of the task begins."""
        self._begun.add(task_id)

    async def turn(self, task_id: str, *, died: int) -> None:
        """Waits for the task's turn, if deaths before call for one; not for ever, for some run for long."""
        if not died:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._turn.acquire()
        except TimeoutError:
            return
        if died < _OFTEN:
            self._turn.release()
        else:
            self._whose = task_id

    def to_blame(self, task_id: str) -> bool:
        """True where a death now would be the task's doing: its run is the only one, or holds the turn."""
        return self._whose == task_id or self._begun == {task_id}

    def went_on(self, task_id: str) -> None:
        """The task got further than its runs before: the next one's turn."""
        if self._whose == task_id:
            self._whose = None
            self._turn.release()

    def leave(self, task_id: str) -> None:
        """The run is over, or there was none."""
        self._begun.discard(task_id)
        self.went_on(task_id)


@dataclass
class Blame:
    """What the task's row says of one run: what the deaths before it count (0 once it got further), and
    whether its own would be its doing.
    """

    died: int
    to_blame: bool
