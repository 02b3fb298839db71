"""The planner: the PM model, else the coder model, else the ledger itself, each held to the same rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from app.domain import Ledger, Plan
from app.llm.call import Ask, Completion, ModelCall, Role
from app.llm.errors import LlmError
from app.pm.prompt import SYSTEM, planning_prompt
from app.pm.review import PlanInvalid, plan_from_ledger, reviewed
from app.pm.schema import PlanReply, wire_schema
from app.task import Fallback, PlannedBy

LEDGER = PlannedBy(model="none", backend="ledger")
_NAMES = {Role.PM: "ollama", Role.CODER: "vllm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A valid plan, who made it, and the turns on the way.

    `plan` is None when nobody could: `code` and `detail` then say why not whoever was asked last, and
    `error` is the last failure of a model server, if any.
    """

    plan: Plan | None
    planned_by: PlannedBy | None
    fallbacks: tuple[Fallback, ...] = ()
    dropped: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""
    error: LlmError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans one task. `refusal` says why a path may not be written, or None."""

    ask: Ask
    task_id: str
    instruction: str
    ledger: Ledger
    refusal: Callable[[str], str | None]
    max_tokens: int
    deadline_s: float

    async def plan(self) -> Planned:
        """Walks PM → coder → ledger; never raises an `LlmError`, the fallbacks carry it."""
        fallbacks: tuple[Fallback, ...] = ()
        error: LlmError | None = None
        for role, following in ((Role.PM, _NAMES[Role.CODER]), (Role.CODER, LEDGER.backend)):
            try:
                plan, dropped, completion = await self._ask_twice(role)
            except PlanInvalid as invalid:
                fallbacks += (_fallback(role, following, invalid.code, str(invalid)),)
            except LlmError as failure:
                error = failure
                fallbacks += (_fallback(role, following, failure.code, str(failure)),)
            else:
                planned_by = PlannedBy(model=completion.model, backend=_NAMES[role])
                return Planned(plan=plan, planned_by=planned_by, fallbacks=fallbacks, dropped=dropped)
        if self.ledger.open_paths:
            return Planned(plan=plan_from_ledger(self.ledger), planned_by=LEDGER, fallbacks=fallbacks)
        *turns, last = fallbacks
        return Planned(
            plan=None,
            planned_by=None,
            fallbacks=tuple(turns),
            code=last.code,
            detail=last.detail,
            error=error,
        )

    async def _ask_twice(self, role: Role) -> tuple[Plan, tuple[str, ...], Completion]:
        """One call and, where its plan is invalid, one repair turn with the finding."""
        finding: str | None = None
        for turn in (1, 2):
            completion = await self.ask(self._call(role, turn, finding))
            try:
                plan, dropped = reviewed(_read(completion), self.ledger, self.refusal)
            except PlanInvalid as invalid:
                if turn == 2:  # noqa: PLR2004 -- the second and last turn
                    raise
                finding = str(invalid)
            else:
                return plan, dropped, completion
        raise AssertionError("unreachable")

    def _call(self, role: Role, turn: int, finding: str | None) -> ModelCall:
        return ModelCall(
            task_id=self.task_id,
            key=f"plan-{_NAMES[role]}.{turn}",
            role=role,
            system=SYSTEM,
            prompt=planning_prompt(self.instruction, self.ledger, finding),
            max_tokens=min(self.max_tokens, 1024 + 192 * len(self.ledger.open_paths)),
            schema=wire_schema(self.ledger.open_paths),
            deadline_s=self.deadline_s,
        )


def _fallback(role: Role, to: str, code: str, detail: str) -> Fallback:
    return Fallback(source=_NAMES[role], to=to, code=code, detail=detail)


def _read(completion: Completion) -> PlanReply:
    if not completion.whole:
        raise PlanInvalid("plan_invalid", f"the plan was cut ({completion.finish}); plan fewer words")
    try:
        return PlanReply.model_validate(json.loads(_unfenced(completion.text), object_pairs_hook=_once))
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise PlanInvalid("plan_invalid", f"{where}: {first['msg']}") from None
    except (ValueError, RecursionError) as broken:
        raise PlanInvalid("plan_invalid", f"the reply is not one JSON object: {broken}") from None


def _unfenced(text: str) -> str:
    """The JSON of a reply that put its one object in a fence although none was asked for."""
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)
