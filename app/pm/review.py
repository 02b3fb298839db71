"""The review of a plan against the ledger: what it must cover, what it may not name, in which order."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from app.domain import Action, Content, Kind, Ledger, Plan, Step
from app.instruction.paths import normalised
from app.pm.schema import PlanReply, StepReply

_AROUND = string.whitespace + "`'\""


class PlanInvalid(Exception):
    """A plan that breaks a rule; its text is the finding a repair turn shows to the model."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def reviewed(
    reply: PlanReply, ledger: Ledger, refusal: Callable[[str], str | None]
) -> tuple[Plan, tuple[str, ...]]:
    """The plan in order of its dependencies and the targets that were dropped from it.

    A file that is created twice is folded into its first step, one that is edited twice is edited in order;
    targets that the instruction carries inline, or that it does not ask for while it names others, are
    dropped. Raises `PlanInvalid`.
    """
    if not reply.steps:
        raise PlanInvalid("plan_empty", "the plan has no steps")
    kept, dropped = _within_the_ledger(reply.steps, ledger)
    steps = _folded(kept)
    written = {step.target for step in steps if step.action is not Action.RUN_COMMAND}
    missing = [path for path in ledger.open_paths if path not in written]
    if missing:
        raise PlanInvalid("plan_invalid", "no step for " + ", ".join(f"`{path}`" for path in missing))
    for step in steps:
        reason = refusal(step.target) if step.action is not Action.RUN_COMMAND else None
        if reason:
            raise PlanInvalid("plan_invalid", f"step {step.step_number}: {reason}")
    _in_order(steps)
    return _plan(reply.title or ledger.title, reply.summary, steps, ledger), dropped


def plan_from_ledger(ledger: Ledger) -> Plan:
    """One step for each open path, in the order of the instruction."""
    edits = {d.path for d in ledger.deliverables if d.open and d.kind is Kind.EDIT}
    steps = [
        Step(
            step_number=number,
            action=Action.EDIT_FILE if path in edits else Action.CREATE_FILE,
            target=path,
            description=_description(ledger, path),
        )
        for number, path in enumerate(ledger.open_paths, start=1)
    ]
    return _plan(ledger.title, "Planned from the files the instruction names.", steps, ledger)


def _description(ledger: Ledger, path: str) -> str:
    return next((d.description for d in ledger.deliverables if d.path == path and d.description), "")


def _within_the_ledger(
    replies: Sequence[StepReply], ledger: Ledger
) -> tuple[list[StepReply], tuple[str, ...]]:
    """Steps whose targets the task may still owe; names an instruction gives are the whole set."""
    owed = set(ledger.open_paths)
    inline = {d.path for d in ledger.deliverables if d.content is Content.INLINE and d.asks_for_a_file}
    kept: list[StepReply] = []
    dropped: list[StepReply] = []
    for reply in replies:
        is_command = reply.action is Action.RUN_COMMAND
        target = reply.target.strip() if is_command else _as_path(reply.target)
        step = reply.model_copy(update={"target": target})
        wanted = is_command or step.target in owed or (not owed and step.target not in inline)
        (kept if wanted else dropped).append(step)
    gone = {step.step_number for step in dropped}
    kept = [
        s.model_copy(update={"depends_on": tuple(n for n in s.depends_on if n not in gone)}) for s in kept
    ]
    return kept, tuple(dict.fromkeys(step.target for step in dropped))


def _as_path(target: str) -> str:
    """The path as the ledger spells it; a folder keeps its slash, to be refused as one."""
    bare = target.strip(_AROUND)
    return normalised(bare) + ("/" if bare.endswith("/") else "")


def _folded(replies: Sequence[StepReply]) -> list[Step]:
    """Steps numbered 1..n, their dependencies renumbered alike; an edit waits for the file's step before."""
    number_of: dict[int, int] = {}
    latest: dict[tuple[bool, str], int] = {}
    kept: list[StepReply] = []
    waits: dict[int, int] = {}
    for reply in replies:
        if reply.step_number in number_of:
            raise PlanInvalid("plan_invalid", f"step_number {reply.step_number} stands twice")
        key = (reply.action is Action.RUN_COMMAND, reply.target)
        if key in latest and reply.action is not Action.EDIT_FILE:
            number_of[reply.step_number] = latest[key]
            continue
        kept.append(reply)
        number_of[reply.step_number] = place = len(kept)
        if key in latest:
            waits[place] = latest[key]
        latest[key] = place
    steps = [_step(place, reply, number_of) for place, reply in enumerate(kept, start=1)]
    return [
        replace(s, depends_on=tuple(dict.fromkeys((*s.depends_on, waits[s.step_number]))))
        if s.step_number in waits
        else s
        for s in steps
    ]


def _step(place: int, reply: StepReply, number_of: dict[int, int]) -> Step:
    unknown = [number for number in reply.depends_on if number not in number_of]
    if unknown:
        raise PlanInvalid("plan_invalid", f"step {reply.step_number} depends on step {unknown[0]}, not there")
    needs = dict.fromkeys(number_of[number] for number in reply.depends_on)
    return Step(
        step_number=place,
        action=reply.action,
        target=reply.target,
        description=reply.description,
        code_needed=reply.code_needed,
        depends_on=tuple(number for number in needs if number != place),
    )


def _in_order(steps: Sequence[Step]) -> None:
    try:
        TopologicalSorter({step.step_number: step.depends_on for step in steps}).prepare()
    except CycleError as cycle:
        around = " → ".join(str(number) for number in cycle.args[1])
        raise PlanInvalid("plan_invalid", f"the steps depend on each other in a circle: {around}") from None


def _plan(title: str, summary: str, steps: Sequence[Step], ledger: Ledger) -> Plan:
    edits = {d.path for d in ledger.deliverables if d.open and d.kind is Kind.EDIT}
    steps = [replace(s, action=Action.EDIT_FILE) if s.target in edits else s for s in steps]
    return Plan(
        title=title,
        summary=summary,
        steps=tuple(steps),
        files_to_create=tuple(dict.fromkeys(s.target for s in steps if s.action is Action.CREATE_FILE)),
        files_to_modify=tuple(dict.fromkeys(s.target for s in steps if s.action is Action.EDIT_FILE)),
    )
