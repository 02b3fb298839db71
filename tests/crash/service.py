"""The process that is killed: a whole engine with the real stages, driven over a pipe.

Started by fork from a server that has imported everything, so that hundreds of lives take minutes. A life may
be given a point to die at: the process kills itself when it passes there for the n-th time.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Sql

from app import trigger
from app.engine.calls import shared_slots
from app.engine.config import VERSION, Clocks, EngineConfig
from app.engine.errors import EngineError
from app.engine.parts import DiskWriter, Parts
from app.engine.runtime import open_engine, open_store
from app.engine.service import Tasks
from app.llm.call import Role
from app.llm.config import LlmConfig
from app.llm.servers import ModelServers
from app.store import tasks as stored
from app.store.ratios import StoredRatios
from app.task import NewTask, Status
from tests.fakes.network import enter

CLOCKS = Clocks(poll_s=0.2, watch_s=0.1, lease_s=3.0, renew_s=0.8, reap_s=0.5, sweep_s=2.0, drain_s=3.0)

OFTEN = 3


@dataclass(frozen=True, kw_only=True)
class Life:
    """What a process is told: where everything is, in which network it lives, and where it dies."""

    database_url: str
    folder: Path
    ollama: str
    vllm: str
    worker: bool = True
    die_at: str = ""
    die_after: int = 1
    die_by: int = signal.SIGKILL
    version: str = VERSION
    crash_limit: int = 1_000
    capacity: int = 8
    slots: int = 8
    clocks: Clocks = CLOCKS
    network: Path | None = None

    @property
    def points(self) -> Path:
        """Where each point's name is noted, up to `OFTEN` times a life."""
        return self.folder / "points"

    @property
    def config(self) -> EngineConfig:
        return EngineConfig(
            database_url=self.database_url,
            workspace=self.folder / "workspace",
            protected=("**/.env",),
            worker=self.worker,
            capacity=self.capacity,
            crash_limit=self.crash_limit,
            clocks=self.clocks,
            version=self.version,
        )


def live(life: Life, pipe: Connection) -> None:
    """The process's whole life; ends by a kill, or cleanly on the order "stop"."""
    if life.network is not None:
        enter(life.network)
    _arm(life)
    asyncio.run(_live(life, pipe))


def _arm(life: Life) -> None:
    passed: Counter[str] = Counter()
    seen = os.open(life.points, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def strike(name: str) -> None:
        passed[name] += 1
        if passed[name] <= OFTEN:
            os.write(seen, f"{name}\n".encode())
        if name == life.die_at and passed[name] == life.die_after:
            os.kill(os.getpid(), life.die_by)

    trigger.arm(strike)


async def _live(life: Life, pipe: Connection) -> None:
    config, parts = life.config, Parts(writer=DiskWriter(life.config))
    llm = LlmConfig(
        ollama_urls=(life.ollama,),
        vllm_urls=(life.vllm,),
        coder_model="coder",
        pm_slots=life.slots,
        coder_slots=life.slots,
    )
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_store(life.database_url))
        widths = {Role.PM: llm.pm_slots, Role.CODER: llm.coder_slots}
        slots = stack.enter_context(shared_slots(database, widths))
        servers = ModelServers(llm, ratios=StoredRatios(database), slots=slots)
        stack.push_async_callback(servers.aclose)
        engine = await stack.enter_async_context(open_engine(config, database, ask=servers, parts=parts))
        pipe.send("up")
        await _obey(engine.tasks, pipe)


async def _obey(tasks: Tasks, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    while True:
        verb, arguments = await loop.run_in_executor(None, pipe.recv)
        if verb == "stop":
            return
        try:
            answer = await _do(tasks, verb, arguments)
        except EngineError as error:
            answer = error
        pipe.send(answer)


async def _do(tasks: Tasks, verb: str, arguments: tuple[Any, ...]) -> Any:
    if verb == "submit":
        key, instruction, workspace = arguments
        task, _ = await tasks.submit(
            NewTask(instruction=instruction, workspace=workspace), idempotency_key=key
        )
        return task.id
    if verb == "look":
        return await tasks.database.read(lambda connection: _statuses(connection, arguments[0]))
    return str(await getattr(tasks, verb)(*arguments))


def _statuses(connection: Sql, task_ids: list[str]) -> list[Status | None]:
    """The status of each task, None where it does not exist."""
    found = (stored.standing(connection, task_id) for task_id in task_ids)
    return [None if now is None else now.status for now in found]
