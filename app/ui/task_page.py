"""What the page of one task tells besides the task: events, diff, previews, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors import EngineError
from app.engine.service import Tasks
from app.task import Event, Status, Task

MAX_PREVIEWS = 20
MAX_PREVIEW_BYTES = 32 * 1024
MAX_DIFF_CHARACTERS = 200_000
_MAX_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Preview:
    """A file's first text; `cut` where there is more, `text` None where it is no text."""

    path: str
    text: str | None
    cut: bool


@dataclass(frozen=True, slots=True)
class Facts:
    events: tuple[Event, ...]
    diff: str
    diff_cut: bool
    previews: tuple[Preview, ...]


def actions_of(task: Task) -> tuple[str, ...]:
    """The verbs that make sense now, as the buttons show them."""
    match task.status:
        case Status.QUEUED | Status.IN_PROGRESS:
            return ("cancel",)
        case Status.AWAITING_APPROVAL:
            return ("approve", "reject", "cancel")
        case Status.COMPLETED:
            return ("revert", "delete")
        case _:
            return ("retry", "revert", "delete") if task.files_created else ("retry", "delete")


async def facts_of(tasks: Tasks, task: Task) -> Facts:
    """Everything the page shows of a task, bounded: a page is for looking, the API has the whole."""
    events = await tasks.events(task.id, after=0, limit=_MAX_EVENTS)
    diff = await _diff(tasks, task)
    previews = [await _preview(tasks, task, file.path) for file in task.files_created[:MAX_PREVIEWS]]
    return Facts(events, diff[:MAX_DIFF_CHARACTERS], len(diff) > MAX_DIFF_CHARACTERS, tuple(previews))


async def _diff(tasks: Tasks, task: Task) -> str:
    try:
        return await tasks.diff(task.id)
    except EngineError:
        return ""


async def _preview(tasks: Tasks, task: Task, path: str) -> Preview:
    try:
        _, data = await tasks.file(task.id, path)
        text = data[:MAX_PREVIEW_BYTES].decode(errors="ignore" if len(data) > MAX_PREVIEW_BYTES else "strict")
    except (EngineError, UnicodeDecodeError):
        return Preview(path, None, cut=False)
    return Preview(path, None if "\0" in text else text, cut=len(data) > MAX_PREVIEW_BYTES)
