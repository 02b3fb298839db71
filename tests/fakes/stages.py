"""Stages small enough to see through: a pipeline that takes orders from the instruction, a model in memory.

The instruction's lines are the deliverables: `path` alone is asked of the model, `path = text` is written as
it stands, `# …` is nothing, `fail` ends the walk without a proposal, `defect` raises, `protect path` makes a
path need approval.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.domain import Action, Content, Deliverable, FileChange, Kind, Span
from app.llm.call import Completion, ModelCall, Role
from app.pipeline.completion import settle_failed
from app.pipeline.ports import Failure, Job, Ports, Proposal
from app.task import ErrorCode, Progress, Settlement, Stage, StepRecord, TaskError


@dataclass
class Model:
    """An `Ask` that answers with the key it was asked under, and counts.

    `hold` names keys whose calls wait until `release` is set; `started` is set when one waits, `closed` when
    one is cancelled.
    """

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    cancelled: int = 0
    hold: frozenset[str] = frozenset()
    started: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Callable[[ModelCall], str] = lambda call: f"made by {call.key}\n"

    async def __call__(self, call: ModelCall) -> Completion:
        self.asked[call.task_id, call.key] += 1
        if call.key in self.hold:
            self.started.set()
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                self.closed.set()
                raise
        text = self.answer(call)
        return Completion(text=text, finish="stop", model="m", backend="vllm", server="memory")


async def propose(job: Job, ports: Ports) -> Proposal | Failure:
    """Walks the instruction's lines in order."""
    lines = [line.strip() for line in job.new.instruction.splitlines() if line.strip()]
    orders = [line for line in lines if not line.startswith(("#", "fail", "defect", "protect"))]
    progress = Progress(
        stage=Stage.CODING,
        total=len(orders),
        settlements=tuple(_settlement(number, order) for number, order in enumerate(orders, 1)),
    )
    await ports.report("stage:coding", "stage.entered", {"stage": "coding"}, progress)
    changes: list[FileChange] = []
    for number, order in enumerate(orders, 1):
        text = await _text(job, ports, number, order)
        path = order.partition("=")[0].strip()
        changes.append(
            FileChange(
                path=path,
                before=await ports.disk.read(path),
                after=text.encode(),
                content=Content.GENERATE,
                deliverables=(f"d{number}",),
                step_number=number,
            )
        )
        record = StepRecord(step_number=number, action=Action.CREATE_FILE, target=path, status="completed")
        progress = replace(progress, steps=(*progress.steps, record), done=number)
        await ports.report(
            f"step:{number}", "step.finished", {"step_number": number, "status": "completed"}, progress
        )
    if "defect" in lines:
        raise ZeroDivisionError("planned")
    if "fail" in lines and job.attempt == 1:
        error = TaskError(code=ErrorCode.NO_FILES_PRODUCED, detail="as ordered", retryable=True)
        return Failure(error=error, progress=settle_failed(progress, error), summary="nothing")
    protected = tuple(line.split()[1] for line in lines if line.startswith("protect "))
    return Proposal(changes=tuple(changes), progress=progress, summary="proposed", protected=protected)


async def _text(job: Job, ports: Ports, number: int, order: str) -> str:
    if "=" in order:
        return order.partition("=")[2].strip()
    call = ModelCall(
        task_id=job.task_id,
        key=f"step-{number}.1",
        role=Role.CODER,
        system="",
        prompt=order,
        max_tokens=100,
    )
    return (await ports.ask(call)).text


def _settlement(number: int, order: str) -> Settlement:
    deliverable = Deliverable(
        id=f"d{number}",
        kind=Kind.CREATE,
        path=order.partition("=")[0].strip(),
        content=Content.GENERATE,
        source=Span(number, number),
    )
    return Settlement(deliverable=deliverable)
