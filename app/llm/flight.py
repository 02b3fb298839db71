"""One piece of work for all who wait for it, which goes on when any of them gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Flight(Generic[_T]):
    """Runs the work in a task of its own, once at a time; those who come meanwhile share its result."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> None:
        self._work = work
        self._task: asyncio.Task[_T] | None = None

    @property
    def under_way(self) -> bool:
        return self._task is not None and not self._task.done()

    async def __call__(self) -> _T:
        return await asyncio.shield(self.start())

    def start(self) -> asyncio.Task[_T]:
        """Begins the work if it is not under way, and waits for nothing."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(_seen)
        return self._task

    async def aclose(self) -> None:
        """Ends the work."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _seen(task: asyncio.Task[Any]) -> None:
    """Takes note of a failure that everybody may have stopped waiting for."""
    if not task.cancelled():
        task.exception()
