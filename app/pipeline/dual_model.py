"""The dual-model rung: the PM plans the open items, the coder writes them, one call a file."""

from __future__ import annotations

from dataclasses import asdict

from app.coder.prompt import Shown, shared_context
from app.domain import Action, Plan
from app.pipeline.failure import RungFailed
from app.pipeline.inline import lay_waiting_edits
from app.pipeline.owed import owe_plan
from app.pipeline.run import Run
from app.pipeline.shown import shown_file
from app.pipeline.steps import StepWriter
from app.pipeline.tree import Tree
from app.pm.planner import Planned, Planner
from app.task import ErrorCode, Stage


async def dual_model(run: Run, tree: Tree) -> None:
    """Plans and writes everything that is open. Raises `RungFailed`."""
    plan = await _plan(run)
    await owe_plan(run, plan)
    await run.enter(Stage.CODING)
    await _write(run, tree, plan)
    await lay_waiting_edits(run.ledger.deliverables, tree)


async def _plan(run: Run) -> Plan:
    await run.enter(Stage.PLANNING)
    planned = await Planner(
        ask=run.ask,
        task_id=run.job.task_id,
        instruction=run.job.new.instruction,
        ledger=run.ledger,
        refusal=lambda path: refused.message if (refused := run.ports.disk.refusal(path)) else None,
        max_tokens=run.ports.options.max_output_tokens,
        deadline_s=run.ports.options.call_timeout_s,
    ).plan()
    for fallback in planned.fallbacks:
        await run.fall_back(fallback)
    return await _usable(run, planned)


async def _usable(run: Run, planned: Planned) -> Plan:
    if planned.plan is None or planned.planned_by is None:
        raise _unplanned(planned)
    plan = planned.plan
    await run.planned(
        plan,
        planned.planned_by,
        {"steps": len(plan.steps), "planned_by": asdict(planned.planned_by), "dropped": planned.dropped},
    )
    if all(step.action is Action.RUN_COMMAND for step in plan.steps):
        raise RungFailed(
            ErrorCode.INSTRUCTION_NOT_EXECUTABLE, "the instruction, as planned, asks for no file", final=True
        )
    return plan


def _unplanned(planned: Planned) -> RungFailed:
    """A server's failure is the task's error even where another server answered, with a bad plan."""
    error = planned.error
    if error is None:
        return RungFailed(ErrorCode.PLAN_INVALID, planned.detail, reason=planned.code)
    detail = "; ".join(dict.fromkeys((str(error), planned.detail)))
    return RungFailed(error.task_code, detail, reason=planned.code, model=error)


async def _write(run: Run, tree: Tree, plan: Plan) -> None:
    shared = shared_context(
        run.job.new.instruction,
        await _files_to_change(run, tree, plan),
        [step.target for step in plan.steps if step.action is not Action.RUN_COMMAND],
    )
    writer = StepWriter(run=run, tree=tree, plan=plan, shared=shared)
    await writer.write_all()
    for number in writer.failures:
        tree.take_back(plan.steps[number - 1].target)
    if writer.failures:
        raise writer.failures[min(writer.failures)]


async def _files_to_change(run: Run, tree: Tree, plan: Plan) -> list[Shown]:
    hints = {s.target: f"{s.description}\n{run.job.new.instruction}" for s in plan.steps}
    targets = sorted({s.target for s in plan.steps if s.action is not Action.RUN_COMMAND})
    files = [(path, await tree.read(path)) for path in targets]
    return [shown_file(path, data, hints[path]) for path, data in files if data is not None]
