"""The durable engine, DBOS: started inside the running loop, it runs one workflow, the drive of a task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy import Engine

from app.engine.config import EngineConfig
from app.engine.queue import APPLICATION, QUEUE, WORKFLOW, JsonSerializer
from app.engine.runner import READY, Runner
from app.engine.watch import Stop
from app.store.runs import Claim
from app.store.session import driver_url, postgres_settings, sqlite_engine
from app.trigger import point

_THREADS = 32
_POOL = 5
_NOTIFY_S = 1.0  # nobody waits for the engine's own streams and events
# The engine's own counter never decides: ours forgives crashes that came after progress.
_RECOVERIES = 1_000_000


def migrate(url: str) -> None:
    """Creates or updates the engine's own tables; several at once do no harm."""
    DBOS.migrate(url)


def open_client(url: str) -> tuple[DBOSClient, Engine | None]:
    """The way into the engine for any process, and the SQLite engine to dispose of after it."""
    shared = _sqlite(url)
    client = DBOSClient(
        system_database_url=None if shared else _plain(url),
        system_database_engine=shared,
        application_name=APPLICATION,
        serializer=JsonSerializer(),
        lazy=True,
        retry_connection_errors=False,
    )
    return client, shared


@asynccontextmanager
async def running(runner: Runner, config: EngineConfig, executor_id: str) -> AsyncIterator[None]:
    """Runs tasks while inside; then lets runs end for `drain_s` and hands the rest back."""
    parsed = driver_url(config.database_url)
    shared = _sqlite(config.database_url)
    settings: DBOSConfig = {
        "name": APPLICATION,
        "application_version": config.version,
        "executor_id": executor_id,
        "serializer": JsonSerializer(),
        "max_executor_threads": _THREADS,
        "log_level": "WARNING",
        "run_migrations": False,
    }
    if shared is None:
        settings |= {
            "system_database_url": _plain(config.database_url),
            "sys_db_pool_size": _POOL,
            "notification_coalesce_sec": _NOTIFY_S,
            "db_engine_kwargs": {"connect_args": postgres_settings(parsed, runner.database.session)},
        }
    else:
        settings["system_database_engine"] = shared
    DBOS(config=settings)
    _register(runner)
    with ThreadPoolExecutor(2, "durable") as threads:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(threads, _register_queue, runner.queue.client, config)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        await loop.run_in_executor(threads, runner.queue.offer, config.version)
        try:
            yield
        finally:
            await _drain(runner, loop, threads, config.clocks.drain_s)
            # DBOS has put its own threads behind the loop's `to_thread`, and they have ended with it.
            loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
            if shared is not None:
                shared.dispose()


def _register_queue(client: DBOSClient, config: EngineConfig) -> None:
    """Before the launch, so that the engine knows the queue from its first look on."""
    client.register_queue(
        QUEUE, worker_concurrency=config.capacity, polling_interval_sec=config.clocks.poll_s
    )


def _register(runner: Runner) -> None:
    """Names the workflow. Its steps leave everything in our tables and give the engine a word each."""

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_RECOVERIES)
    async def drive(task_id: str, launch: int) -> str:
        point("workflow.started")
        try:
            claim = await runner.claim(task_id, launch)
            return "nothing to do" if claim is None else await run(claim)
        finally:
            runner.suspects.leave(task_id)

    async def run(claim: Claim) -> str:
        with runner.watch.guarding(claim) as stop:
            said: str = await DBOS.run_step_async({"name": "propose"}, runner.propose, claim, stop)
            point("workflow.proposed")
            if said == READY:
                said = await DBOS.run_step_async({"name": "apply"}, runner.apply, claim)
                point("workflow.applied")
        return said


async def _drain(
    runner: Runner, loop: asyncio.AbstractEventLoop, threads: ThreadPoolExecutor, drain_s: float
) -> None:
    """No new task is begun from here on; who has not ended in time is handed back."""
    busy = runner.watch.running > 0
    late = loop.call_later(drain_s, runner.watch.stop_all, Stop.HAND_BACK)
    seconds = int(drain_s) + 5 if busy else 0
    await loop.run_in_executor(
        threads, lambda: DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)
    )
    late.cancel()


def _sqlite(url: str) -> Engine | None:
    parsed = driver_url(url)
    return sqlite_engine(parsed, implicit_immediate=True) if parsed.get_backend_name() == "sqlite" else None


def _plain(url: str) -> str:
    return driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
