"""A run that goes on where another stopped walks the same way, and what was told is not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from app.domain import Disposition, JsonObject
from app.engine.config import EngineConfig
from app.engine.ids import World, utc_now
from app.engine.parts import DiskWriter, Parts
from app.engine.runtime import open_engine, open_store
from app.engine.service import Tasks
from app.llm.call import Completion, ModelCall, Role
from app.llm.errors import BackendUnavailable
from app.pipeline.ports import Failure, Job, Ports, Proposal
from app.task import NewTask, Progress, Status
from tests.fakes.stages import Model, propose

Life = Callable[..., AbstractAsyncContextManager[Tasks]]


@dataclass
class Refusing(Model):
    """A model that refuses the calls of these keys."""

    refused: frozenset[str] = frozenset()

    async def __call__(self, call: ModelCall) -> Completion:
        if call.key in self.refused:
            self.asked[call.task_id, call.key] += 1
            raise BackendUnavailable("nothing listens", server="http://pm", refused=True)
        return await super().__call__(call)


@pytest.fixture
def model() -> Refusing:
    return Refusing()


@pytest.fixture
def life(config: EngineConfig, model: Refusing) -> Life:
    """One life of a worker, which hands back at once what it has not ended."""

    @asynccontextmanager
    async def living(stages: object = propose, now: Callable[[], datetime] = utc_now) -> AsyncIterator[Tasks]:
        hasty = replace(config, clocks=replace(config.clocks, drain_s=0.1))
        parts = Parts(writer=DiskWriter(hasty), propose=stages)  # type: ignore[arg-type]
        async with (
            open_store(hasty.database_url) as database,
            open_engine(hasty, database, ask=model, parts=parts, world=World(now=now)) as engine,
        ):
            yield engine.tasks

    return living


async def by_one_planner_or_the_other(job: Job, ports: Ports) -> Proposal | Failure:
    """The stages, after a plan: the orders are the reply of the planner that answers."""

    async def asked(key: str) -> str:
        call = ModelCall(
            task_id=job.task_id, key=key, role=Role.PM, system="", prompt="orders", max_tokens=100
        )
        return (await ports.ask(call)).text

    try:
        orders = await asked("plan.first")
    except BackendUnavailable:
        orders = await asked("plan.second")
    return await propose(replace(job, new=replace(job.new, instruction=orders)), ports)


async def test_a_call_that_failed_is_not_made_again_and_nothing_that_followed_it_is_paid_twice(
    life: Life, model: Refusing
) -> None:
    model.answer = lambda call: "b.py\na.py" if call.key == "plan.first" else "a.py\nb.py"
    model.refused, model.hold = frozenset({"plan.first"}), frozenset({"step-2.1"})
    async with life(by_one_planner_or_the_other) as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py\nb.py"))
        await model.started.wait()
    model.refused = model.hold = frozenset()
    async with life(by_one_planner_or_the_other) as tasks:
        done = await tasks.wait(task.id, timeout_s=15)

    assert done.status is Status.COMPLETED
    assert {key: count for (_, key), count in model.asked.items()} == {
        "plan.first": 1,
        "plan.second": 1,
        "step-1.1": 1,
        "step-2.1": 2,
    }


async def test_a_retry_asks_again_what_had_failed(life: Life, model: Refusing) -> None:
    model.answer = lambda call: "fail\na.py"
    model.refused = frozenset({"plan.first"})
    async with life(by_one_planner_or_the_other) as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py"))
        assert (await tasks.wait(task.id, timeout_s=15)).status is Status.FAILED
        model.refused = frozenset()
        await tasks.retry(task.id)
        assert (await tasks.wait(task.id, timeout_s=15)).status is Status.COMPLETED
    assert model.asked[task.id, "plan.first"] == 2


async def a_step_rescued_by_another_reply(job: Job, ports: Ports) -> Proposal | Failure:
    """The stages, whose first step ends twice: its own reply was no file, that of a later rung was."""

    async def told(key: str, event_type: str, data: JsonObject, progress: Progress) -> None:
        if key == "step:1":
            await ports.report(key, event_type, {**data, "status": "failed"}, progress)
            key = "step:1:rlm"
        await ports.report(key, event_type, data, progress)

    return await propose(job, replace(ports, report=told))


async def test_a_retry_asks_a_step_again_whose_file_came_from_another_reply(
    life: Life, model: Refusing
) -> None:
    async with life(a_step_rescued_by_another_reply) as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py\nb.py\nfail"))
        assert (await tasks.wait(task.id, timeout_s=15)).status is Status.FAILED
        await tasks.retry(task.id)
        assert (await tasks.wait(task.id, timeout_s=15)).status is Status.COMPLETED
    assert (model.asked[task.id, "step-1.1"], model.asked[task.id, "step-2.1"]) == (2, 1)


async def test_a_task_that_goes_on_after_its_deadline_keeps_what_it_had_come_to(
    life: Life, model: Refusing
) -> None:
    model.hold = frozenset({"step-2.1"})
    async with life() as tasks:
        task, _ = await tasks.submit(NewTask(instruction="a.py\nb.py", deadline_s=60))
        await model.started.wait()
        before = await tasks.get(task.id)
    async with life(now=lambda: utc_now() + timedelta(minutes=2)) as tasks:
        late = await tasks.wait(task.id, timeout_s=15)

    assert late.status is Status.FAILED
    assert late.error is not None
    assert late.progress.steps == before.progress.steps != ()
    assert [s.disposition for s in late.progress.settlements] == [Disposition.FAILED] * 2
