"""The coder: one call for one file whose path is known, and the draft that comes of its reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.coder.continuation import ask_whole
from app.coder.edits import EditProblem, apply_to_bytes
from app.coder.languages import language, language_of
from app.coder.prompt import SYSTEM, Rejected, Shown, may_hold_fences, step_prompt
from app.coder.reply import Reply, ReplyFile, parse
from app.domain import Step
from app.llm.call import Ask, Completion, ModelCall, Role

WHOLE_FILE_BYTES = 8_000
"""An existing file up to this size is written anew; a larger one is changed by SEARCH/REPLACE blocks."""

_EDIT_LOST = frozenset(("edit_not_closed", "edit_unclear", "edit_without_context"))


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
    priority: int = 0
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
        priority=assignment.priority,
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
    edits = [edit for edit in reply.edits if edit.path in ("", path)]
    chosen = chosen_file(reply, path)
    trouble = edit_trouble(reply)
    if trouble and (edits or chosen is None):
        return replace(empty, code="edit_not_applied", detail=trouble)
    begun = len(edits) == 1 and not edits[0].search.strip()
    if edits and (assignment.before is not None or begun):
        outcome = apply_to_bytes(assignment.before or b"", edits)
        if isinstance(outcome, EditProblem):
            return replace(empty, code="edit_not_applied", detail=outcome.message)
        return replace(empty, data=outcome.data, matched_by="search_replace")
    if chosen:
        data = in_the_style_of(assignment.before, chosen.content)
        return replace(empty, data=data, matched_by=chosen.matched_by)
    others = sorted({file.path for file in reply.files if file.path})
    if others:
        named = ", ".join(f"`{other}`" for other in others)
        return replace(empty, code="wrong_file_named", detail=f"the reply names {named}, not `{path}`")
    return replace(
        empty,
        code="no_file_in_reply",
        detail=f"the reply holds no fenced block with the contents of `{path}`",
    )


def edit_trouble(reply: Reply) -> str | None:
    """What is wrong with the edits of a reply that could not be read; None where all of them could.

    The edits beside them must not be applied alone: nobody asked for half of a change.
    """
    said = [problem.message for problem in reply.problems if problem.code in _EDIT_LOST]
    return "; ".join(dict.fromkeys(said)) or None


def in_the_style_of(before: bytes | None, text: str) -> bytes:
    """A new version of a file, with the line ends of the old one."""
    crlf = before is not None and before.count(b"\r\n") * 2 > before.count(b"\n")
    return text.replace("\n", "\r\n").encode() if crlf else text.encode()


def chosen_file(reply: Reply, path: str, *, named_only: bool = False) -> ReplyFile | None:
    """The block that names the path; else, of those that name none, the first in the path's language."""
    named = [file for file in reply.files if file.path == path]
    if named or named_only:
        return named[-1] if named else None
    unnamed = [file for file in reply.files if file.path is None]
    wanted = language_of(path)
    fitting = [file for file in unnamed if wanted and language(file.lang) == wanted]
    return next(iter(fitting or [file for file in unnamed if not _is_command(file, path)]), None)


def _is_command(file: ReplyFile, path: str) -> bool:
    return language(file.lang) == "bash" and language_of(path) != "bash"
