"""Benchmark: what an idle worker costs, how soon a task begins, what long queues and more workers change.

`python -m bench.engine [--queued N]` prints a table and writes `bench/results/engine.json`. PostgreSQL runs
with fsync, as it would in earnest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.engine.config import Clocks, EngineConfig
from app.engine.parts import DiskWriter, Parts
from app.engine.runtime import migrate, open_engine, open_store
from app.engine.service import Tasks
from app.llm.call import Completion, ModelCall
from app.store import tasks as stored
from app.store.session import open_database
from app.task import NewTask, Status
from tests.crash.harness import Job, Service
from tests.crash.service import Life
from tests.crash.stand_ins import code_for, plan_for
from tests.fakes.ollama import FakeOllama
from tests.fakes.postgres import Postgres, running_postgres
from tests.fakes.reply import Reply
from tests.fakes.stages import Model, propose
from tests.fakes.vllm import FakeVllm

RESULTS = Path(__file__).parent / "results" / "engine.json"
IDLE_S = 15.0
FEW = 100
ARRIVALS = 20
CALL_S = 0.5
EACH = 2
Row = tuple[str, str, float, str]


@dataclass
class Clocked(Model):
    """A model that notes when it was asked."""

    at: list[float] = field(default_factory=list)

    async def __call__(self, call: ModelCall) -> Completion:
        self.at.append(time.monotonic())
        return await super().__call__(call)


def memory_mb() -> float:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


@dataclass
class Bench:
    """The figures of one database."""

    name: str
    url: str
    folder: Path
    rows: list[Row] = field(default_factory=list)
    model: Clocked = field(default_factory=Clocked)

    def note(self, what: str, figure: float, unit: str) -> None:
        self.rows.append((self.name, what, round(figure, 2), unit))
        print(f"{self.name:11} {what:48} {figure:10.2f} {unit}", flush=True)

    async def run(self, queued: int) -> None:
        config = EngineConfig(
            database_url=self.url, workspace=self.folder / "w", max_queued=queued * 2, worker=False
        )
        parts = Parts(writer=DiskWriter(config), propose=propose)
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(open_store(self.url))
            worker = replace(config, worker=True)
            async with open_engine(worker, database, ask=self.model, parts=parts) as engine:
                await self.idle()
                await self.first_steps(engine.tasks, "first step after a 202, median")
            for length in (FEW, queued):
                async with open_engine(config, database, ask=self.model, parts=parts) as engine:
                    await self.fill(engine.tasks, length)
                async with open_engine(worker, database, ask=self.model, parts=parts) as engine:
                    what = f"urgent first step, {length} queued, median"
                    await self.first_steps(engine.tasks, what, behind=length)
                    self.note(f"memory with {length} queued", memory_mb(), "MB")

    async def idle(self) -> None:
        await asyncio.sleep(2)
        used, start = time.process_time(), time.monotonic()
        await asyncio.sleep(IDLE_S)
        self.note("idle", 100 * (time.process_time() - used) / (time.monotonic() - start), "% of a core")

    async def first_steps(self, tasks: Tasks, what: str, *, behind: int = 0) -> None:
        """How long a task waits for its first call, an urgent one where others are kept queued.

        The tasks come at moments spread over the worker's looks at the queue.
        """
        waits = []
        for number in range(ARRIVALS):
            await self.top_up(tasks, behind)
            task, _ = await tasks.submit(NewTask(instruction="a.py", priority=100 if behind else 0))
            accepted = time.monotonic()
            await tasks.wait(task.id, timeout_s=60)
            waits.append(self.model.at[-1] - accepted)
            await asyncio.sleep(Clocks().poll_s * number / ARRIVALS)
        self.note(what, 1000 * statistics.median(waits), "ms")

    async def fill(self, tasks: Tasks, length: int) -> None:
        await self.top_up(tasks, length - FEW)
        self.note(f"submit with up to {length} queued, median", await self.submit(tasks, FEW), "ms")

    async def top_up(self, tasks: Tasks, length: int) -> None:
        while (short := length - (await tasks.counts()).get(Status.QUEUED, 0)) > 0:
            await asyncio.gather(*(tasks.submit(NewTask(instruction="a = 1")) for _ in range(min(short, 10))))

    async def submit(self, tasks: Tasks, count: int) -> float:
        took = []
        for number in range(count):
            start = time.monotonic()
            await tasks.submit(NewTask(instruction="a = 1", caller=f"c{number % 3}"))
            took.append(time.monotonic() - start)
        return 1000 * statistics.median(took)


def pace(server: Postgres, workers: int, count: int) -> float:
    """Tasks per second of so many worker processes, two tasks at once in each, calls of half a second."""
    url = server.create()
    migrate(url)
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeOllama(lambda seen: Reply(plan_for(seen), first_s=CALL_S)) as pm,
        FakeVllm(lambda seen: Reply(code_for(seen), first_s=CALL_S)) as coder,
        closing(open_database(url)) as database,
    ):
        life = Life(
            database_url=url,
            folder=Path(folder),
            ollama=pm.url,
            vllm=coder.base,
            capacity=EACH,
            slots=64,
            clocks=Clocks(),
        )
        with services(life, workers) as door:
            for job in (Job(number, "coded") for number in range(count)):
                door.ask("submit", f"key-{job.number}", job.instruction, f"w{job.number}")

            def done() -> int:
                return database.read_now(stored.counts).get(Status.COMPLETED, 0)

            edge = EACH * workers
            start, first = until(done, edge)
            end, last = until(done, count - edge)
            return (last - first) / (end - start)


@contextmanager
def services(life: Life, workers: int) -> Iterator[Service]:
    """The door, with so many workers behind it."""
    opened = [Service(replace(life, worker=False)), *(Service(life) for _ in range(workers))]
    try:
        for service in opened:
            service.up()
        yield opened[0]
    finally:
        for service in opened:
            service.kill()


def until(done: Callable[[], int], count: int) -> tuple[float, int]:
    while (now := done()) < count:
        time.sleep(0.02)
    return time.monotonic(), now


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queued", type=int, default=10_000)
    queued = parser.parse_args().queued
    rows: list[Row] = []
    with running_postgres(durable=True) as server:
        for name in ("sqlite", "postgresql"):
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{folder}/jr.db" if name == "sqlite" else server.create()
                migrate(url)
                bench = Bench(name, url, Path(folder))
                asyncio.run(bench.run(queued))
                rows += bench.rows
        paces = {workers: pace(server, workers, 24 * workers) for workers in (1, 3)}
    for workers, figure in paces.items():
        rows.append(("postgresql", f"{workers} workers", round(figure, 2), "tasks/s"))
    rows.append(("postgresql", "three workers to one", round(paces[3] / paces[1], 2), "fold"))
    for row in rows[-3:]:
        print(f"{row[0]:11} {row[1]:48} {row[2]:10.2f} {row[3]}")
    RESULTS.parent.mkdir(exist_ok=True)
    names = ("database", "what", "figure", "unit")
    RESULTS.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
