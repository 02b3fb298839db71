"""Lives and deaths: starts services, orders jobs of every kind, kills, starts again, and checks."""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.domain import Disposition, sha256
from app.store import events, tasks
from app.store.events import fold
from app.store.session import Database, open_database
from app.store.tables import EPOCH, idempotency_keys
from app.task import Status, Task
from tests.crash.service import Life, live
from tests.fakes.ollama import FakeOllama
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen
from tests.fakes.world import plan

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.service", "tests.crash.harness"])

_PATH = re.compile(r"\bmade_\d+_\w\.py\b")


class Died(Exception):
    """The process is gone; what was asked last may or may not have happened."""


class Service:
    """One life of a service."""

    def __init__(self, life: Life) -> None:
        self.pipe, theirs = _FORKS.Pipe()
        self.process: BaseProcess = _FORKS.Process(target=live, args=(life, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def up(self) -> None:
        """Returns when the service takes orders."""
        self._receive(30)

    def ask(self, verb: str, *arguments: Any, timeout_s: float = 30) -> Any:
        """The answer, or the error that the engine answered with. Raises `Died`."""
        try:
            self.pipe.send((verb, arguments))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died from error
        return self._receive(timeout_s)

    def alive(self) -> bool:
        return self.process.is_alive()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def stop(self) -> None:
        """Asks for a clean end and waits for it."""
        self.pipe.send(("stop", ()))
        self.process.join(30)
        assert self.process.exitcode == 0, self.process.exitcode
        self.pipe.close()

    def _receive(self, timeout_s: float) -> Any:
        try:
            if not self.pipe.poll(timeout_s):
                raise TimeoutError(f"no answer within {timeout_s} s")
            return self.pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise Died from error


@dataclass
class Job:
    """One task of a customer: what he asks for, and what he does once it has come so far."""

    number: int
    kind: str
    task_id: str = ""
    done: bool = False

    @property
    def instruction(self) -> str:
        n = self.number
        inline = f"Create `inline_{n}.txt`:\n\n```\nline {n}\nand more of it\n```\n"
        if self.kind in ("coded", "cancelled", "cancelled and retried"):
            return f"# Job {n}\n\nCreate `made_{n}_a.py` and `made_{n}_b.py`, each with a VALUE.\n\n{inline}"
        if self.kind in ("approved", "rejected"):
            return f"# Job {n}\n\nCreate `.env`:\n\n```\nKEY={n}\nOTHER=value\n```\n\n{inline}"
        return f"# Job {n}\n\n{inline}"


KINDS = (
    "coded",
    "verbatim",
    "approved",
    "cancelled",
    "reverted",
    "rejected",
    "cancelled and retried",
    "deleted",
)


@dataclass
class Customer:
    """Orders jobs and follows each to its end, whatever becomes of the service meanwhile."""

    jobs: list[Job] = field(default_factory=list)

    def new_job(self) -> Job:
        number = len(self.jobs)
        job = Job(number, KINDS[number % len(KINDS)])
        self.jobs.append(job)
        return job

    def visit(self, service: Service) -> bool:
        """One round of orders; True when no job is open. Raises `Died`."""
        for job in self.jobs:
            if not job.task_id:
                answer = service.ask("submit", f"key-{job.number}", job.instruction, f"w{job.number}")
                assert isinstance(answer, str), answer
                job.task_id = answer
        waiting = [job for job in self.jobs if not job.done]
        for job in waiting:
            self._follow(service, job)
        return all(job.done for job in self.jobs)

    def _follow(self, service: Service, job: Job) -> None:
        looked = service.ask("look", [job.task_id])
        if isinstance(looked, Exception):
            assert job.kind == "deleted", looked
            job.done = True
            return
        status = looked[0]
        ended = status.ended
        if job.kind == "approved" and status is Status.AWAITING_APPROVAL:
            service.ask("approve", job.task_id)
        elif job.kind == "rejected" and status is Status.AWAITING_APPROVAL:
            service.ask("reject", job.task_id)
        elif job.kind.startswith("cancelled") and not ended:
            service.ask("cancel", job.task_id)
        elif job.kind == "cancelled and retried" and status is Status.CANCELLED:
            service.ask("retry", job.task_id)
            job.kind = "coded"
        elif job.kind == "reverted" and ended:
            service.ask("revert", job.task_id)
            job.done = True
        elif job.kind == "deleted" and ended:
            service.ask("delete", job.task_id)
        else:
            job.done = ended


@dataclass
class Sweep:
    """A customer, a service and a nemesis over one database; `kills` counts."""

    life: Life
    seed: int = 7
    customer: Customer = field(default_factory=Customer)
    kills: int = 0
    missed: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def strike(self, point: str, after: int = 1) -> None:
        """A life that ends at this point, or, where it never comes there, when all its jobs are done."""
        service = Service(replace(self.life, die_at=point, die_after=after))
        try:
            service.up()
            for _ in range(3):
                for _ in range(len(KINDS)):
                    self.customer.new_job()
                self.settle(service, 20)
        except Died:
            self.kills += 1
        else:
            self.missed.append(f"{point} ({after})")
        finally:
            service.kill()

    def strike_at_random(self, dice: random.Random) -> None:
        """A life that ends at any instant, its start included."""
        service = Service(self.life)
        end = time.monotonic() + dice.uniform(0.05, 1.2)
        try:
            service.up()
            for _ in range(dice.randint(1, 4)):
                self.customer.new_job()
            while time.monotonic() < end:
                self.customer.visit(service)
        except Died:
            pass
        finally:
            service.kill()
            self.kills += 1

    def finish(self) -> None:
        """A life without a strike, long enough for every job to end."""
        service = Service(self.life)
        service.up()
        self.settle(service, 90)
        service.stop()

    def settle(self, service: Service, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while not self.customer.visit(service):
            if time.monotonic() > end:
                open_jobs = [(j.number, j.kind, j.task_id) for j in self.customer.jobs if not j.done]
                raise AssertionError(f"jobs are stuck: {open_jobs[:5]} of {len(open_jobs)}")
            time.sleep(0.01)


def violations(life: Life, customer: Customer) -> list[str]:
    """Everything that must hold and does not."""
    database = open_database(life.database_url)
    try:
        return [
            wrong
            for job in customer.jobs
            if not (job.kind == "deleted" and job.done)
            for wrong in _wrong(database, life, job)
        ] + _wrong_calls(database, life, customer)
    finally:
        database.close()


def _wrong(database: Database, life: Life, job: Job) -> Iterator[str]:
    task = database.read_now(lambda c: tasks.get(c, job.task_id))
    told = database.read_now(lambda c: events.page(c, job.task_id, after=0, limit=10_000))
    if task is None:
        yield f"{job}: a 202 was sent and the task does not exist"
        return
    if not task.status.ended:
        yield f"{job}: not ended but {task.status}"
    if [event.seq for event in told] != list(range(1, len(told) + 1)):
        yield f"{job}: event numbers {[event.seq for event in told]}"
    if fold(event.type for event in told) is not task.status:
        yield f"{job}: {task.status} is not the fold of its events"
    ends = [event for event in told if event.type in ("task.completed", "task.failed", "task.cancelled")]
    if len(ends) != task.attempt:
        yield f"{job}: {len(ends)} ends in {task.attempt} attempts"
    keys = database.read_now(
        lambda c: c.execute(
            select(idempotency_keys.c.task_id).where(idempotency_keys.c.key == f"key-{job.number}")
        ).all()
    )
    if len(keys) != 1:
        yield f"{job}: its key has {len(keys)} tasks"
    yield from _wrong_files(life, job, task)


def _wrong_files(life: Life, job: Job, task: Task) -> Iterator[str]:
    folder = life.folder / "workspace" / f"w{job.number}"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    wanted: set[str] = set()
    if task.status is Status.COMPLETED and job.kind != "reverted":
        wanted = {file.path for file in task.files_created}
        for settlement in task.progress.settlements:
            if settlement.disposition not in (Disposition.WRITTEN, Disposition.UNCHANGED):
                yield f"{job}: completed with a deliverable {settlement.disposition}"
        for file in task.files_created:
            path = folder / file.path
            if not path.exists() or sha256(path.read_bytes()) != file.sha256:
                yield f"{job}: {file.path} is not on disk with its hash"
    if found != wanted:
        yield f"{job}: on disk {sorted(found)}, by its row {sorted(wanted)} ({task.status}, {task.error})"
    expected = {"rejected": Status.FAILED, "cancelled": Status.CANCELLED}.get(job.kind, Status.COMPLETED)
    if task.status is not expected and not (job.kind == "cancelled" and task.status is Status.COMPLETED):
        yield f"{job}: {task.status} where {expected} was due ({task.error})"


def _wrong_calls(database: Database, life: Life, customer: Customer) -> list[str]:
    """No call is made after its reply was stored."""
    if not life.calls.exists():
        return []
    stored: dict[tuple[str, str], float] = {}
    for job in customer.jobs:
        for event in database.read_now(lambda c, i=job.task_id: events.page(c, i, after=0, limit=10_000)):  # type: ignore[misc]
            if event.type == "model.called":
                at = (event.at - EPOCH) / timedelta(seconds=1)
                stored[job.task_id, str(event.data["key"])] = at
    wrong = []
    for line in life.calls.read_text().splitlines():
        call = json.loads(line)
        at_least = stored.get((call["task"], call["key"]))
        if at_least is not None and call["at"] > at_least:
            wrong.append(f"paid twice: {call}")
    return wrong


@contextmanager
def model_servers() -> Iterator[tuple[FakeOllama, FakeVllm]]:
    """Stand-ins that outlive every service: the PM plans what is named, the coder writes it."""
    with FakeOllama(plan_for) as ollama, FakeVllm(code_for) as vllm:
        yield ollama, vllm


def plan_for(seen: Seen) -> str:
    return plan(*dict.fromkeys(_PATH.findall(seen.prompt)))


def code_for(seen: Seen) -> str:
    return f"```python\nVALUE = {sum(seen.raw) % 1000}\nNAME = 'made by a stand-in'\n```\n"


def life_of(folder: Path, database_url: str, servers: tuple[FakeOllama, FakeVllm], **more: Any) -> Life:
    return Life(
        database_url=database_url,
        folder=folder,
        ollama=servers[0].url,
        vllm=servers[1].base,
        **more,
    )
