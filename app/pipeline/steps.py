"""The steps of a plan: each waits for those it depends on, the rest run side by side."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace

from app.coder.coder import Assignment, Draft, draft
from app.coder.prompt import Rejected, Shown
from app.domain import Action, Finding, Plan, Step
from app.llm.errors import LlmError
from app.pipeline.accept import accept
from app.pipeline.failure import RungFailed, of_findings, of_model
from app.pipeline.owed import missing_paths
from app.pipeline.records import asked_again
from app.pipeline.run import HadReply, Run
from app.pipeline.shown import shown_file
from app.pipeline.tree import Tree
from app.task import ErrorCode, StepRecord
from app.writer.gate import refusals

_CODES = {
    "edit_not_applied": ErrorCode.EDIT_NOT_APPLIED,
    "output_truncated": ErrorCode.OUTPUT_TRUNCATED,
    "wrong_file_named": ErrorCode.NO_FILES_PRODUCED,
    "no_file_in_reply": ErrorCode.NO_FILES_PRODUCED,
}


@dataclass
class StepWriter:
    """Writes a plan's files into the tree. `failures` holds why a step has no file, by its number.

    The first call goes ahead alone until its reply begins: the others then find the task's prompt in the
    server's prefix cache.
    """

    run: Run
    tree: Tree
    plan: Plan
    shared: str
    failures: dict[int, RungFailed] = field(default_factory=dict)
    _first: int | None = None
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def write_all(self) -> None:
        """Every step once; a step whose dependency failed is skipped and says so.

        Raises what a step raises, bare: whoever calls knows the errors of the world by their own names.
        """
        ended = {step.step_number: asyncio.Event() for step in self.plan.steps}
        try:
            async with asyncio.TaskGroup() as group:
                for step in self.plan.steps:
                    group.create_task(self._in_turn(step, ended))
        except BaseExceptionGroup as raised:
            raise raised.exceptions[0] from None

    async def _in_turn(self, step: Step, ended: dict[int, asyncio.Event]) -> None:
        for number in step.depends_on:
            await ended[number].wait()
        if self._first is None:
            self._first = step.step_number
        else:
            await self._begun.wait()
        try:
            await self.run.stepped(await self._ended(step))
        finally:
            self._begun.set()
            ended[step.step_number].set()

    async def _ended(self, step: Step) -> StepRecord:
        record = StepRecord(
            step_number=step.step_number, action=step.action, target=step.target, status="not_run"
        )
        if step.action is Action.RUN_COMMAND:
            return replace(record, detail="commands are data; they are never run as steps")
        broken = next((number for number in step.depends_on if number in self.failures), None)
        if broken is not None:
            detail = f"step {broken}, which this one depends on, has no file"
            self.failures[step.step_number] = self.failures[broken]
            return replace(record, status="skipped", detail=detail)
        again = any(self.plan.steps[number - 1].target == step.target for number in step.depends_on)
        if not again and step.target not in missing_paths(self.run, self.tree):
            return replace(record, status="completed", detail="written before")
        return await self._written(step, record)

    async def _written(self, step: Step, record: StepRecord) -> StepRecord:
        """Asks, checks and asks again with the finding, up to the repair turns."""
        started = time.monotonic()
        assignment = await self._assignment(step)
        rejected: list[Rejected] = []
        failure: RungFailed | None = None
        for _ in range(1 + self.run.ports.options.repair_turns):
            try:
                drafted = await draft(self.run.ask, assignment, rejected)
            except LlmError as error:
                failure = of_model(error)
                record = replace(record, detail=error.detail)
                break
            self.run.code_replies.append(HadReply(drafted.reply, drafted.completion, step.target))
            record = asked_again(record, drafted.completion, drafted.matched_by)
            findings, failure = await self._judged(step, drafted)
            record = replace(record, checks=findings, detail=failure.detail if failure else None)
            if failure is None or failure.code is ErrorCode.OUTPUT_TRUNCATED:
                break
            rejected.append(Rejected(reply=drafted.reply, finding=failure.detail))
        if failure:
            self.failures[step.step_number] = failure
        elapsed = int((time.monotonic() - started) * 1000)
        return replace(record, status="failed" if failure else "completed", duration_ms=elapsed)

    async def _judged(self, step: Step, drafted: Draft) -> tuple[tuple[Finding, ...], RungFailed | None]:
        if drafted.data is None:
            return (), RungFailed(_CODES[drafted.code or ""], drafted.detail, reason=drafted.code)
        findings = await accept(self.run, self.tree, step.target, drafted.data, step.step_number)
        refused = refusals(findings)
        return findings, of_findings(step.target, refused) if refused else None

    async def _assignment(self, step: Step) -> Assignment:
        options = self.run.ports.options
        return Assignment(
            task_id=self.run.job.task_id,
            key=f"step-{step.step_number}",
            step=step,
            shared=self.shared,
            written=await self._written_before(step),
            before=await self.tree.read(step.target),
            form=options.reply_form,
            max_tokens=options.max_output_tokens,
            deadline_s=options.call_timeout_s,
            started=self._begun.set,
        )

    async def _written_before(self, step: Step) -> tuple[Shown, ...]:
        """What the steps this one depends on have written, in the plan's order."""
        targets = [self.plan.steps[number - 1].target for number in sorted(step.depends_on)]
        files = [(path, await self.tree.read(path)) for path in dict.fromkeys(targets)]
        return tuple(
            shown_file(path, data, self.run.job.new.instruction) for path, data in files if data is not None
        )
