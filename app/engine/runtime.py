"""The engine as a whole: opened for the life of a process, and closed without losing a task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.engine import durable
from app.engine.admission import Admission, Room
from app.engine.config import Clocks, EngineConfig
from app.engine.decisions import Decisions
from app.engine.errors import NotMigrated
from app.engine.ids import World
from app.engine.lease import Lease
from app.engine.parts import DiskWriter, Parts
from app.engine.queue import Queue
from app.engine.readiness import Readiness
from app.engine.recovery import Recovery
from app.engine.runner import Runner
from app.engine.service import Tasks
from app.engine.slot import machine_name, slot
from app.engine.watch import Stop, Watch
from app.engine.workspace import mark, sharing
from app.llm.call import Ask
from app.store import leases
from app.store import migrate as migrations
from app.store.session import Database, driver_url, open_database

log = structlog.get_logger(__name__)

_HANDS = 4


@dataclass(frozen=True, slots=True)
class Engine:
    """What an open engine gives: the tasks."""

    tasks: Tasks


def migrate(url: str) -> None:
    """Brings our tables and the engine's own to this code's version; several at once do no harm."""
    migrations.upgrade(url)
    durable.migrate(url)


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Database]:
    """The database, ready for this code.

    SQLite is migrated here; on PostgreSQL that is `jr migrate`'s work: raises `NotMigrated`.
    """
    if driver_url(url).get_backend_name() == "sqlite":
        await asyncio.get_running_loop().run_in_executor(None, migrate, url)
    database = open_database(url)
    try:
        if not await database.read(migrations.at_head):
            raise NotMigrated
        yield database
    finally:
        database.close()


@asynccontextmanager
async def open_engine(
    config: EngineConfig,
    database: Database,
    *,
    ask: Ask,
    parts: Parts | None = None,
    world: World | None = None,
) -> AsyncIterator[Engine]:
    """Runs tasks while inside, unless `config.worker` is False. Leaving drains: the rest is handed back."""
    world, parts = world or World(), parts or Parts(writer=DiskWriter(config))
    async with AsyncExitStack() as stack:
        hands = stack.enter_context(ThreadPoolExecutor(_HANDS, "hands"))
        queue = stack.enter_context(_queue(config.database_url))
        watch = Watch(database, config.clocks.watch_s)
        await stack.enter_async_context(watch.looking())
        tasks = Tasks(
            database=database,
            watch=watch,
            parts=parts,
            admission=Admission(
                database=database,
                queue=queue,
                world=world,
                room=Room(config.max_queued),
                capacity=config.capacity,
            ),
            decisions=Decisions(database=database, queue=queue, parts=parts, world=world, hands=hands),
            ready=Readiness(database),
        )
        if config.worker:
            await _start_worker(
                stack, config, ask=ask, parts=parts, world=world, tasks=tasks, queue=queue, hands=hands
            )
        yield Engine(tasks)


async def _start_worker(
    stack: AsyncExitStack,
    config: EngineConfig,
    *,
    ask: Ask,
    parts: Parts,
    world: World,
    tasks: Tasks,
    queue: Queue,
    hands: ThreadPoolExecutor,
) -> None:
    database, watch, clocks = tasks.database, tasks.watch, config.clocks
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(hands, parts.writer.recover)
    name = stack.enter_context(_name(database, config.version))
    folder = mark(config.workspace, world.new_id())
    lease = _lease(
        database, name, folder, clocks, lambda: loop.call_soon_threadsafe(watch.stop_all, Stop.SUPERSEDED)
    )
    stack.enter_context(lease.held())
    _tell(await database.read(leases.living))
    runner = Runner(
        database=database,
        queue=queue,
        watch=watch,
        parts=parts,
        ask=ask,
        config=config,
        world=world,
        alive=lease.alive,
        hands=hands,
    )
    await stack.enter_async_context(durable.running(runner, config, name))
    recovery = Recovery(database=database, queue=queue, lease=lease, hands=hands, version=config.version)
    await stack.enter_async_context(_beside(recovery, clocks.reap_s, clocks.sweep_s))


def _lease(database: Database, name: str, folder: str, clocks: Clocks, lost: Callable[[], object]) -> Lease:
    return Lease(
        database,
        name,
        database.session,
        folder,
        lease_s=clocks.lease_s,
        renew_s=clocks.renew_s,
        lost=lost,
    )


def _tell(workers: Mapping[str, str]) -> None:
    """Says at start whether files written here can be ended, and found, by the others."""
    if len(workers) > 1:
        tell = log.info if len(set(workers.values())) == 1 else log.warning
        tell("the workspace of this worker", found=sharing(workers))


@contextmanager
def _queue(url: str) -> Iterator[Queue]:
    client, shared = durable.open_client(url)
    try:
        yield Queue(client)
    finally:
        client.destroy()
        if shared is not None:
            shared.dispose()


@contextmanager
def _name(database: Database, version: str) -> Iterator[str]:
    """The worker's name, with its version: what a worker of another version left is not its own."""
    if database.is_sqlite:
        with slot(Path(str(database.engine.url.database))) as name:
            yield f"{name}.{version}"
    else:
        yield machine_name(database.session)


@asynccontextmanager
async def _beside(recovery: Recovery, reap_s: float, sweep_s: float) -> AsyncIterator[None]:
    duties = [asyncio.create_task(recovery.reap_on(reap_s)), asyncio.create_task(recovery.sweep_on(sweep_s))]
    try:
        yield
    finally:
        for duty in duties:
            duty.cancel()
        for duty in duties:
            with suppress(asyncio.CancelledError):
                await duty
