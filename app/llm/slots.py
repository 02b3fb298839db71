"""The queue in front of each server: bounded, fair between tasks, and as wide as the server can take."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from app.llm.call import Role
from app.llm.errors import BackendOverloaded


class Slots(Protocol):
    """Slots that hold across processes, if somebody keeps such."""

    def hold(self, server: str, role: Role) -> AbstractAsyncContextManager[None]:
        """Waits for a slot at the server and keeps it within the context."""


class Width:
    """How many calls a server may have in flight: fixed, or widened by one and cut by three tenths.

    An adaptive width starts at the most it may be, falls at most once for each round of calls, and grows
    back by one for each round without trouble.
    """

    def __init__(self, most: int, *, adaptive: bool) -> None:
        self._most, self._adaptive = most, adaptive
        self._width = float(most)
        self._calm = 0

    def __call__(self) -> int:
        return max(1, int(self._width))

    def narrow(self) -> None:
        """The server was overloaded."""
        if self._adaptive and self._calm >= 0:
            self._width = max(1.0, self._width * 0.7)
            self._calm = -self()

    def widen(self) -> None:
        """A call went well."""
        self._calm += 1
        if self._adaptive and self._calm >= self():
            self._width = min(float(self._most), self._width + 1)
            self._calm = 0


@dataclass(order=True, slots=True)
class _Waiter:
    rank: tuple[int, int, int]
    turn: asyncio.Future[None] = field(compare=False)


class FairQueue:
    """Calls wait by priority (smaller first), then by how many their task has here already, then in turn."""

    def __init__(self, width: Width, *, room: int, server: str) -> None:
        self.width, self._room, self._server = width, room, server
        self.in_use = 0
        self._waiters: list[_Waiter] = []
        self._tasks: Counter[str] = Counter()
        self._arrivals = itertools.count()

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    @asynccontextmanager
    async def hold(self, task_id: str, *, priority: int = 0) -> AsyncIterator[None]:
        """A slot within the context. Raises `BackendOverloaded` when too many wait already."""
        self._tasks[task_id] += 1
        try:
            await self._take(task_id, priority)
            try:
                yield
            finally:
                self.in_use -= 1
                self._pass_on()
        finally:
            self._tasks[task_id] -= 1
            if not self._tasks[task_id]:
                del self._tasks[task_id]

    async def _take(self, task_id: str, priority: int) -> None:
        if self.in_use < self.width() and not self.waiting:
            self.in_use += 1
            return
        if self.waiting >= self._room:
            detail = f"{self._room} calls wait for this server already"
            raise BackendOverloaded(detail, server=self._server, ours=True)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter = _Waiter((priority, self._tasks[task_id], next(self._arrivals)), turn)
        heapq.heappush(self._waiters, waiter)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(waiter)
            else:
                self.in_use -= 1
                self._pass_on()
            raise

    def _forget(self, waiter: _Waiter) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
            heapq.heapify(self._waiters)

    def _pass_on(self) -> None:
        while self._waiters and self.in_use < self.width():
            turn = heapq.heappop(self._waiters).turn
            if not turn.done():
                self.in_use += 1
                turn.set_result(None)
