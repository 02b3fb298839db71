"""The measurement behind `jr calibrate`: one small call, then a few at once, and what the figures suggest."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from app.llm.call import Ask, Completion, ModelCall, Role

AT_ONCE = 4
_MAX_TOKENS = 256
_LONGEST_REPLY_TOKENS = 8192
_WORTH_IT = 0.75
_PLAN = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "steps": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3},
    },
    "required": ["title", "steps"],
    "additionalProperties": False,
}
_QUESTIONS = {
    Role.PM: "Plan, in three short steps, a command line program that counts the words of a file.",
    Role.CODER: "Write a Python module with a function that parses ISO dates and one that formats them.",
}
_SLOTS = {Role.PM: "JR_PM_SLOTS", Role.CODER: "JR_CODER_SLOTS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured. Rates in tokens a second, 0 where the server tells no counts.

    `slowdown` is how much longer a call takes when `at_once` run together; `suggested` are settings.
    """

    model: str
    server: str
    prompt_rate: float
    reply_rate: float
    bytes_per_token: float
    first_token_s: float
    at_once: int
    slowdown: float
    suggested: dict[str, str]


async def measure(ask: Ask, role: Role, *, deadline_s: float) -> Figures:
    """Asks the role's model a small question alone, then `AT_ONCE` together. Raises LlmError.

    The first call, which may have to load the model, is not counted.
    """
    await ask(_call(role, deadline_s))
    alone = await ask(_call(role, deadline_s))
    together = await asyncio.gather(*(ask(_call(role, deadline_s)) for _ in range(AT_ONCE)))
    return figures_of(role, alone, together)


def figures_of(role: Role, alone: Completion, together: Sequence[Completion]) -> Figures:
    """The figures of one call alone and of several together."""
    first_s = (alone.first_token_ms if alone.first_token_ms is not None else alone.duration_ms) / 1000
    writing_s = max(alone.duration_ms / 1000 - first_s, 0.001)
    reply_tokens = alone.completion_tokens or 0
    fresh_tokens = (alone.prompt_tokens or 0) - (alone.cached_tokens or 0)
    slowdown = sum(each.duration_ms for each in together) / len(together) / max(alone.duration_ms, 1)
    reply_rate = reply_tokens / writing_s
    return Figures(
        model=alone.model,
        server=alone.server,
        prompt_rate=fresh_tokens / max(first_s, 0.001),
        reply_rate=reply_rate,
        bytes_per_token=len(alone.text.encode()) / max(reply_tokens, 1),
        first_token_s=first_s,
        at_once=len(together),
        slowdown=slowdown,
        suggested=_suggested(role, reply_rate, slowdown, len(together)),
    )


def _suggested(role: Role, reply_rate: float, slowdown: float, at_once: int) -> dict[str, str]:
    """Slots where calls together end clearly sooner than one after the other; time for a long reply."""
    worth_it = slowdown < _WORTH_IT * at_once
    suggested = {_SLOTS[role]: str(at_once if worth_it else 1)}
    if reply_rate > 0:
        rate = reply_rate / (slowdown if worth_it else 1)
        suggested["JR_CALL_TIMEOUT_S"] = str(max(60, math.ceil(2 * _LONGEST_REPLY_TOKENS / rate / 60) * 60))
    return suggested


def _call(role: Role, deadline_s: float) -> ModelCall:
    name = uuid4().hex
    return ModelCall(
        task_id=f"calibrate-{name}",
        key=name,
        role=role,
        system="You are a careful engineer.",
        prompt=f"Note {name}.\n{_QUESTIONS[role]}",
        max_tokens=_MAX_TOKENS,
        schema=_PLAN if role is Role.PM else None,
        deadline_s=deadline_s,
    )
