"""Slots at the model servers that hold across processes: no server gets more calls than it has slots."""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.llm.call import Role
from app.store.locks import Locks, locks_beside
from app.store.session import Database

log = structlog.get_logger(__name__)

_LOOK_S = 0.05
_AWAY_S = 1.0


@contextmanager
def shared_slots(database: Database, widths: Mapping[Role, int]) -> Iterator[SharedSlots]:
    """Slots shared by every process on this database; leaving gives back what is held."""
    locks = locks_beside(database)
    with ThreadPoolExecutor(1, "call-slots") as thread:
        yield SharedSlots(locks, widths, thread)
        thread.submit(locks.close)


@dataclass(frozen=True)
class SharedSlots:
    """The `Slots` of the model client; `widths` is how many calls a server of a role may have at once,
    `thread` the one that speaks to the locks. Of the calls that wait for a server one looks for a slot, the
    others wait for their turn to.

    The slot of a process that dies is free at once: locks end with their process.
    """

    locks: Locks
    widths: Mapping[Role, int]
    thread: ThreadPoolExecutor
    _held: set[tuple[int, int]] = field(default_factory=set)
    _turns: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @asynccontextmanager
    async def hold(self, server: str, role: Role) -> AsyncIterator[None]:
        """Waits for a slot at the server and keeps it within the context."""
        group = zlib.crc32(f"{role} {server}".encode()) & 0x7FFF_FFFF
        async with self._turns[group]:
            number = await self._take(group, self.widths[role])
        try:
            yield
        finally:
            await asyncio.shield(self._release(group, number))

    async def _release(self, group: int, number: int) -> None:
        await self._run(self.locks.release, group, number)
        self._held.discard((group, number))

    async def _take(self, group: int, width: int) -> int:
        while True:
            try:
                for number in range(width):
                    if (group, number) not in self._held and await self._try(group, number):
                        return number
            except SQLAlchemyError as error:
                log.warning("the slots' database is away", error=str(error))
                await asyncio.sleep(_AWAY_S)
            await asyncio.sleep(_LOOK_S)

    async def _try(self, group: int, number: int) -> bool:
        """Whether the slot is ours now; a caller who gives up while we ask leaves nothing taken."""
        self._held.add((group, number))
        asking = self.thread.submit(self.locks.take, group, number)
        taken = False
        try:
            taken = await asyncio.shield(asyncio.wrap_future(asking))
        except asyncio.CancelledError:
            self.thread.submit(self._give_back, asking, group, number)
            raise
        finally:
            if not taken:
                self._held.discard((group, number))
        return taken

    def _give_back(self, asked: Future[bool], group: int, number: int) -> None:
        """Runs behind the asking, and before any that comes later: on the same thread."""
        if asked.exception() is None and asked.result():
            self.locks.release(group, number)

    async def _run(self, call: Callable[[int, int], object], group: int, number: int) -> object:
        return await asyncio.get_running_loop().run_in_executor(self.thread, call, group, number)
