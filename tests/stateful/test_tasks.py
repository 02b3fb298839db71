"""Any order of what callers and workers may do, deaths included, held against a model of a few lines."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from app.engine.config import EngineConfig
from app.engine.errors import Refused
from app.engine.ids import World
from app.engine.parts import DiskWriter, Parts
from app.engine.runner import READY, Runner
from app.engine.runtime import migrate, open_engine, open_store
from app.engine.service import Tasks
from app.engine.watch import Stop
from app.store import tasks as stored
from app.store.events import fold
from app.store.runs import TO_BLAME, Claim
from app.task import NewTask, Status
from tests.fakes.stages import Model, propose

T = TypeVar("T")

ORDERS = {
    "inline": "a = 1",
    "asked": "b.py\nc.py",
    "protected": "a = 1\nprotect a",
    "failing": "b.py\nfail",
    "defect": "b.py\ndefect",
}


@dataclass
class Known:
    """What the model knows of a task."""

    order: str
    status: Status = Status.QUEUED
    attempt: int = 1
    approved: bool = False
    reverted: bool = False


@cache
def template() -> Path:
    """A migrated, empty database to copy."""
    path = Path(tempfile.mkdtemp(prefix="jr-template-")) / "jr.db"
    migrate(f"sqlite:///{path}")
    return path


class Machine(RuleBasedStateMachine):
    """Workers are driven by hand: a run is taken so far as the rule says, then goes on or is forgotten."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="jr-machine-"))
        self.model: dict[str, Known] = {}
        self.asked = Model()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        shutil.copy(template(), self.folder / "jr.db")
        self.do(self._open())

    async def _open(self) -> None:
        config = EngineConfig(
            database_url=f"sqlite:///{self.folder}/jr.db", workspace=self.folder / "w", worker=False
        )
        parts = Parts(writer=DiskWriter(config), propose=propose)
        self.database = await self.stack.enter_async_context(open_store(config.database_url))
        engine = await self.stack.enter_async_context(
            open_engine(config, self.database, ask=self.asked, parts=parts)
        )
        self.tasks: Tasks = engine.tasks
        self.worker = Runner(
            database=self.database,
            queue=engine.tasks.decisions.queue,
            watch=engine.tasks.watch,
            parts=parts,
            ask=self.asked,
            config=config,
            world=World(),
            alive=lambda: True,
            hands=self.stack.enter_context(ThreadPoolExecutor(1)),
        )

    def teardown(self) -> None:
        self.do(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(target=known, order=st.sampled_from(sorted(ORDERS)))
    def submit(self, order: str) -> str:
        task, _ = self.do(self.tasks.submit(NewTask(instruction=ORDERS[order], caller=order)))
        self.model[task.id] = Known(order)
        return task.id

    @rule(task_id=known)
    def run(self, task_id: str) -> None:
        """A worker takes the task and goes all the way."""
        claim = self._claim(task_id)
        if claim is not None:
            self.do(self._go_on(claim))
            self._ran(task_id)

    @rule(task_id=known)
    def run_and_die(self, task_id: str) -> None:
        """A worker takes the task and is gone, before or after its proposal was stored."""
        if self._claim(task_id) is not None:
            self.model[task_id].status = Status.IN_PROGRESS

    @rule(task_id=known)
    def be_superseded(self, task_id: str) -> None:
        """Of two workers with the task the first one cannot conclude it."""
        first = self._claim(task_id)
        if first is None:
            return
        second = self._claim(task_id)
        assert self.do(self._go_on(first)) == Stop.SUPERSEDED
        if second is not None:
            self.do(self._go_on(second))
            self._ran(task_id)

    @rule(task_id=known)
    def cancel(self, task_id: str) -> None:
        known = self.model[task_id]
        if self._allowed(
            self.tasks.cancel(task_id), not known.status.ended or known.status is Status.CANCELLED
        ):
            known.status = Status.CANCELLED

    @rule(task_id=known)
    def retry(self, task_id: str) -> None:
        known = self.model[task_id]
        if self._allowed(self.tasks.retry(task_id), known.status in (Status.FAILED, Status.CANCELLED)):
            known.status, known.attempt, known.approved = Status.QUEUED, known.attempt + 1, False

    @rule(task_id=known)
    def approve(self, task_id: str) -> None:
        known = self.model[task_id]
        if self._allowed(self.tasks.approve(task_id), known.status is Status.AWAITING_APPROVAL):
            known.status, known.approved = Status.IN_PROGRESS, True

    @rule(task_id=known)
    def reject(self, task_id: str) -> None:
        known = self.model[task_id]
        if self._allowed(self.tasks.reject(task_id), known.status is Status.AWAITING_APPROVAL):
            known.status = Status.FAILED

    @rule(task_id=known)
    def revert(self, task_id: str) -> None:
        known = self.model[task_id]
        allowed = known.status is Status.COMPLETED and not known.reverted
        if self._allowed(self.tasks.revert(task_id), allowed):
            known.reverted = True

    @rule(target=known, task_id=consumes(known))
    def delete(self, task_id: str) -> Any:
        if self._allowed(self.tasks.delete(task_id), self.model[task_id].status.ended):
            del self.model[task_id]
            return multiple()
        return task_id

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        for task_id, known in self.model.items():
            task = self.do(self.tasks.get(task_id))
            told = self.do(self.tasks.events(task_id))
            assert (task.status, task.attempt) == (known.status, known.attempt)
            assert [event.seq for event in told] == list(range(1, len(told) + 1))
            assert fold(event.type for event in told) is task.status
            there = {str(p.relative_to(self.folder / "w" / task_id)) for p in self._files(task_id)}
            on_disk = task.status is Status.COMPLETED and not known.reverted
            assert there == ({file.path for file in task.files_created} if on_disk else set())
            assert bool(task.completed_at) == task.status.ended
            assert bool(task.error) == (task.status is Status.FAILED)

    @invariant()
    def the_listing_has_every_task_once(self) -> None:
        if not hasattr(self, "tasks"):
            return
        page, more = self.do(self.tasks.list(page_size=200))
        assert sorted(task.id for task in page) == sorted(self.model)
        assert more is None
        assert all(count == 1 for (task, _), count in self.asked.asked.items() if task in self.model)

    def _files(self, task_id: str) -> list[Path]:
        return [path for path in (self.folder / "w" / task_id).rglob("*") if path.is_file()]

    def _claim(self, task_id: str) -> Claim | None:
        standing = self.database.read_now(lambda c: stored.standing(c, task_id))
        assert standing is not None
        claim = self.do(self.worker.claim(task_id, standing.launch))
        self.worker.suspects.leave(task_id)  # each run is one of another process
        runnable = self.model[task_id].status in (Status.QUEUED, Status.IN_PROGRESS)
        if runnable and claim is None:
            self.model[task_id].status = Status.FAILED  # three runs died
            assert standing.crashes > (self.worker.config.crash_limit - 1) * TO_BLAME
        assert runnable or claim is None
        return claim

    async def _go_on(self, claim: Claim) -> str:
        stop: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()
        said = await self.worker.propose(claim, stop)
        return await self.worker.apply(claim) if said == READY else said

    def _ran(self, task_id: str) -> None:
        known = self.model[task_id]
        known.status = {
            "failing": Status.FAILED if known.attempt == 1 else Status.COMPLETED,
            "defect": Status.FAILED,
            "protected": Status.COMPLETED if known.approved else Status.AWAITING_APPROVAL,
        }.get(known.order, Status.COMPLETED)

    def _allowed(self, work: Coroutine[Any, Any, object], allowed: bool) -> bool:  # noqa: FBT001 -- the model's word
        try:
            self.do(work)
        except Refused:
            assert not allowed
            return False
        assert allowed
        return True


TestTasks = Machine.TestCase
TestTasks.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    # Every step is fsynced: shrinking would take minutes, and a history of 25 steps is read quickly.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
