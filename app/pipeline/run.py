"""One walk down the ladder: what is known so far, told to the world at every turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from app.domain import Action, Deliverable, Disposition, Finding, JsonObject, Ledger, Plan, Rung
from app.llm.call import Completion, ModelCall
from app.pipeline.ports import Job, Ports
from app.task import Fallback, PlannedBy, Progress, Settlement, Stage, StepRecord, Usage


@dataclass(frozen=True, slots=True)
class HadReply:
    """A reply had so far, and the completion that brought it, where it is known.

    `target` is the file of the step that asked for it and has judged it; None where all files were asked for.
    """

    text: str
    completion: Completion | None = None
    target: str | None = None

    @property
    def whole(self) -> bool:
        """Only a reply that the model itself ended may leave its last block open."""
        return self.completion is None or self.completion.whole


@dataclass
class Run:
    """The one mutable thing of the pipeline: it owns `progress` and reports each change of it in order."""

    job: Job
    ports: Ports
    ledger: Ledger
    progress: Progress = field(default_factory=Progress)
    code_replies: list[HadReply] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, call: ModelCall) -> Completion:
        """Asks through the port and counts what it cost."""
        completion = await self.ports.ask(call)
        self.count(completion)
        return completion

    def count(self, completion: Completion) -> None:
        """Adds what a call cost, whoever asked."""
        used = self.progress.usage
        self.progress = replace(
            self.progress,
            usage=Usage(
                model_calls=used.model_calls + 1,
                prompt_tokens=used.prompt_tokens + (completion.prompt_tokens or 0),
                completion_tokens=used.completion_tokens + (completion.completion_tokens or 0),
                cached_tokens=used.cached_tokens + (completion.cached_tokens or 0),
            ),
        )

    async def enter(self, stage: Stage) -> None:
        self.progress = replace(self.progress, stage=stage)
        rung = self.progress.execution_mode
        await self._tell(f"stage:{rung}:{stage}", "stage.entered", {"stage": stage})

    async def climb_down(self, rung: Rung) -> None:
        """Goes on with this rung."""
        self.progress = replace(self.progress, execution_mode=rung)

    async def fall_back(self, fallback: Fallback) -> None:
        self.progress = replace(self.progress, fallbacks=(*self.progress.fallbacks, fallback))
        data = {
            "from": fallback.source,
            "to": fallback.to,
            "code": fallback.code,
            "detail": fallback.detail,
        }
        await self._tell(f"fallback:{len(self.progress.fallbacks)}", "fallback", data)

    async def owe(self, deliverables: tuple[Deliverable, ...]) -> None:
        """Sets what the task owes: the ledger's, and the plan's where the ledger names no file."""
        settlements = tuple(Settlement(deliverable=d) for d in deliverables)
        files = sum(1 for d in deliverables if d.asks_for_a_file)
        self.progress = replace(self.progress, settlements=settlements, total=files)

    async def planned(self, plan: Plan, planned_by: PlannedBy, data: JsonObject) -> None:
        self.progress = replace(self.progress, plan=plan, planned_by=planned_by)
        await self._tell("plan", "plan.made", data)

    def refuse(self) -> None:
        """Settles as refused what asks for a file that may not be written."""
        settlements = tuple(
            replace(s, disposition=Disposition.REFUSED)
            if s.deliverable.asks_for_a_file
            and s.deliverable.path
            and self.ports.disk.refusal(s.deliverable.path)
            else s
            for s in self.progress.settlements
        )
        self.progress = replace(self.progress, settlements=settlements)

    def remark(self, names: tuple[str, ...], remark: str | None) -> None:
        """Notes a sentence at the named deliverables."""
        settlements = tuple(
            replace(s, detail=remark) if s.deliverable.id in names else s for s in self.progress.settlements
        )
        self.progress = replace(self.progress, settlements=settlements)

    def checked(self, findings: tuple[Finding, ...]) -> None:
        """Notes the task's own checks, latest answers only, with every step and file that made it."""
        names = {finding.name for finding in findings}
        passed = ", ".join(f.name.removeprefix("check:") for f in findings if f.ok)
        self.progress = replace(
            self.progress,
            steps=tuple(
                replace(r, checks=(*(c for c in r.checks if c.name not in names), *findings))
                if r.status == "completed"
                else r
                for r in self.progress.steps
            ),
            settlements=tuple(
                replace(s, detail=f"checks passed: {passed}")
                if passed and s.deliverable.asks_for_a_file
                else s
                for s in self.progress.settlements
            ),
        )

    async def stepped(self, record: StepRecord, *, rescued: bool = False) -> None:
        """A step ended; the records stand in the plan's order whichever ended first.

        A later rung's rescue of it is told again, under a name of its own.
        """
        others = [r for r in self.progress.steps if r.step_number != record.step_number]
        steps = tuple(sorted([*others, record], key=lambda r: r.step_number))
        self.progress = replace(self.progress, steps=steps)
        data = {"step_number": record.step_number, "target": record.target, "status": record.status}
        by = f":{self.progress.execution_mode}" if rescued else ""
        await self._tell(f"step:{record.step_number}{by}", "step.finished", data)

    def owing(self, path: str, action: Action) -> tuple[StepRecord, ...]:
        """The records of the steps that still owe the file, or a new one where there is none."""
        number = 1 + max((r.step_number for r in self.progress.steps), default=0)
        none = StepRecord(step_number=number, action=action, target=path, status="failed")
        return tuple(r for r in self.progress.steps if r.target == path and r.status != "completed") or (
            none,
        )

    async def _tell(self, key: str, event_type: str, data: JsonObject) -> None:
        async with self._turn:
            await self.ports.report(key, event_type, data, self.progress)
