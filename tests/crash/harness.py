"""Lives and deaths: starts services, orders jobs of every kind, kills, starts again."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from app.task import Status
from tests.crash.service import Life, live
from tests.crash.stand_ins import Servers

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.service", "tests.crash.harness"])

# Waits are for a machine that has other things to do: only what never comes may fail.
PATIENCE_S = 180.0
_VISIT_S = 0.03


class Died(Exception):
    """The process is gone; what was asked last may or may not have happened."""


class Service:
    """One life of a service."""

    def __init__(self, life: Life) -> None:
        self.pipe, theirs = _FORKS.Pipe()
        self.process: BaseProcess = _FORKS.Process(target=live, args=(life, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self._is_up = False

    def up(self) -> None:
        """Returns when the service takes orders. Raises `Died`."""
        if not self._is_up:
            self._receive(PATIENCE_S)
            self._is_up = True

    def is_up_within(self, timeout_s: float) -> bool:
        """Whether it takes orders before `timeout_s` are over. Raises `Died`."""
        if self.pipe.poll(timeout_s):
            self.up()
        return self._is_up

    def ask(self, verb: str, *arguments: Any) -> Any:
        """The answer, or the error that the engine answered with. Raises `Died`."""
        try:
            self.pipe.send((verb, arguments))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died from error
        return self._receive(PATIENCE_S)

    def alive(self) -> bool:
        return self.process.is_alive()

    def get(self, signal_number: int) -> None:
        os.kill(int(self.process.pid or 0), signal_number)

    def stopped(self) -> bool:
        """Whether it got a SIGSTOP."""
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def stop(self) -> None:
        """Asks for a clean end and waits for it. Raises `Died` where it is killed on the way."""
        self.pipe.send(("stop", ()))
        self.process.join(PATIENCE_S)
        if self.process.exitcode == -signal.SIGKILL:
            raise Died
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
# The job that passes a point of this name; of any other name: one whose files a model writes.
_KIND_AT = {
    "approve": "approved",
    "cancel": "cancelled",
    "delete": "deleted",
    "reject": "rejected",
    "retry": "cancelled and retried",
    "revert": "reverted",
    "run.parked": "approved",
}


@dataclass
class Customer:
    """Orders jobs and follows each to its end, whatever becomes of the service meanwhile."""

    jobs: list[Job] = field(default_factory=list)

    def new_job(self, kind: str | None = None) -> Job:
        """A job of this kind, or of the next in turn."""
        number = len(self.jobs)
        job = Job(number, kind or KINDS[number % len(KINDS)])
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
        looked = service.ask("look", [job.task_id for job in waiting]) if waiting else []
        for job, status in zip(waiting, looked, strict=True):
            self._follow(service, job, status)
        return all(job.done for job in waiting)

    def settle(self, service: Service) -> None:
        """Visits until no job is open. Raises `Died`."""
        end = time.monotonic() + PATIENCE_S
        while not self.visit(service):
            assert time.monotonic() < end, f"jobs are stuck: {[j for j in self.jobs if not j.done][:5]}"
            time.sleep(_VISIT_S)

    def loiter(self, service: Service, seconds: float) -> None:
        """Visits for a while. Raises `Died`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.visit(service)
            time.sleep(min(_VISIT_S, max(0.0, end - time.monotonic())))

    def _follow(self, service: Service, job: Job, status: Status | None) -> None:
        if status is None:
            assert job.kind == "deleted", job
            job.done = True
        elif job.kind == "approved" and status is Status.AWAITING_APPROVAL:
            service.ask("approve", job.task_id)
        elif job.kind == "rejected" and status is Status.AWAITING_APPROVAL:
            service.ask("reject", job.task_id)
        elif job.kind.startswith("cancelled") and not status.ended:
            service.ask("cancel", job.task_id)
        elif job.kind == "cancelled and retried" and status is Status.CANCELLED:
            service.ask("retry", job.task_id)
            job.kind = "coded"
        elif job.kind == "reverted" and status.ended:
            service.ask("revert", job.task_id)
            job.done = True
        elif job.kind == "deleted" and status.ended:
            service.ask("delete", job.task_id)
        else:
            job.done = status.ended


@dataclass
class Sweep:
    """A customer, a service and a nemesis over one database; `kills` counts."""

    life: Life
    customer: Customer = field(default_factory=Customer)
    kills: int = 0
    missed: list[str] = field(default_factory=list)

    def strike(self, point: str, after: int = 1) -> None:
        """A life that ends at this point, or, where it never comes there, when all its jobs are done."""
        service = Service(replace(self.life, die_at=point, die_after=after))
        kind = _KIND_AT.get(point, _KIND_AT.get(point.partition(".")[0], "coded"))
        try:
            service.up()
            for _ in range(after):
                self.customer.new_job(kind)
                self.customer.settle(service)
            service.stop()
        except Died:
            self.kills += 1
        else:
            self.missed.append(f"{point} ({after})")
        finally:
            service.kill()

    def strike_at_random(self, dice: random.Random) -> None:
        """A life that ends at any instant, its start included."""
        service = Service(self.life)
        if service.is_up_within(dice.choice((dice.uniform(0.0, 0.5), PATIENCE_S))):
            for _ in range(dice.randint(1, 2)):
                self.customer.new_job()
            self.customer.loiter(service, dice.uniform(0.0, 0.8))
        service.kill()
        self.kills += 1

    def strike_among_others(self, dice: random.Random, rounds: int) -> None:
        """Three services side by side, of which one after another dies and has a successor."""
        services = [Service(self.life) for _ in range(3)]
        for _ in range(rounds):
            door = dice.choice(services)
            door.up()
            self.customer.new_job()
            self.customer.loiter(door, dice.uniform(0.0, 0.8))
            victim = dice.choice(services)
            victim.kill()
            self.kills += 1
            services[services.index(victim)] = Service(self.life)
        for service in services:
            service.kill()
            self.kills += 1

    def finish(self) -> None:
        """A life without a strike, long enough for every job to end."""
        service = Service(self.life)
        service.up()
        self.customer.settle(service)
        service.stop()


def life_of(folder: Path, database_url: str, servers: Servers, **more: Any) -> Life:
    return Life(
        database_url=database_url,
        folder=folder,
        ollama=servers[0].url,
        vllm=servers[1].base,
        **more,
    )
