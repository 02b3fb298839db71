"""The coder: one call for one file whose path is known, and the draft that comes of its reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.coder.contents import NotMade, chosen_file, contents, edit_trouble
from app.coder.continuation import ask_whole
from app.coder.prompt import SYSTEM, Rejected, Shown, may_hold_fences, step_prompt
from app.coder.reply import Reply, parse
from app.domain import Step
from app.llm.call import Ask, Completion, ModelCall, Role

WHOLE_FILE_BYTES = 8_000
"""An existing file up to this size is written anew; a larger one is changed by SEARCH/REPLACE blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One step as the coder gets it. `before` is the file as it is now, None for a new one;
    `key` names its calls within the task, `started` is told once its reply has begun.
    """

    task_id: str
    key: str
    step: Step
    shared: str
    written: tuple[Shown, ...] = ()
    before: bytes | None = None
    form: str = "plain"
    max_tokens: int = 8192
    deadline_s: float = 600.0
    started: Callable[[], None] | None = None

    @property
    def wants_edits(self) -> bool:
        return self.before is not None and len(self.before) > WHOLE_FILE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reply comes to: the file's new bytes, or the code and sentence that say why there is none."""

    reply: str
    completion: Completion
    data: bytes | None = None
    matched_by: str | None = None
    code: str | None = None
    detail: str = ""


async def draft(ask: Ask, assignment: Assignment, rejected: Sequence[Rejected] = ()) -> Draft:
    """Asks for the step's file; the replies rejected so far stand at the prompt's end. Raises `LlmError`."""
    step = assignment.step
    call = ModelCall(
        task_id=assignment.task_id,
        key=f"{assignment.key}.{len(rejected) + 1}",
        role=Role.CODER,
        system=SYSTEM,
        prompt=step_prompt(
            assignment.shared,
            assignment.written,
            step,
            form=assignment.form,
            wants_edits=assignment.wants_edits,
            rejected=rejected,
        ),
        max_tokens=assignment.max_tokens,
        deadline_s=assignment.deadline_s,
        started=assignment.started,
    )
    text, completion = await ask_whole(ask, call, enough=lambda text: _stands_whole(text, step.target))
    empty = Draft(reply=text, completion=completion)
    reply = parse(text, paths=(step.target,))
    if not completion.whole and not _stands_whole(text, step.target):
        return replace(empty, code="output_truncated", detail="the reply was cut before the file's end")
    return await asyncio.to_thread(_drafted, empty, reply, assignment)


def _stands_whole(text: str, path: str) -> bool:
    """True for a cut reply whose file had surely ended before the cut.

    Not where the file may be the one that was cut: a block that nothing names may be a mere example before
    it, and a fence of three backticks in prose may be one of its own.
    """
    reply = parse(text, paths=(path,))
    chosen = chosen_file(reply, path)
    if chosen is None or not chosen.complete or reply.edits or edit_trouble(reply):
        return False
    if may_hold_fences(path) and "````" not in text.split("\n")[chosen.line - 1]:
        return False
    return chosen.path is not None or all(file.complete for file in reply.files)


def _drafted(empty: Draft, reply: Reply, assignment: Assignment) -> Draft:
    path = assignment.step.target
    given = contents(reply, path, assignment.before)
    if isinstance(given, NotMade):
        return replace(empty, code="edit_not_applied", detail=given.detail)
    if given:
        return replace(empty, data=given.data, matched_by=given.matched_by)
    others = sorted({file.path for file in reply.files if file.path})
    if others:
        named = ", ".join(f"`{other}`" for other in others)
        return replace(empty, code="wrong_file_named", detail=f"the reply names {named}, not `{path}`")
    return replace(
        empty,
        code="no_file_in_reply",
        detail=f"the reply holds no fenced block with the contents of `{path}`",
    )
