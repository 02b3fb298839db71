"""Whether workers share one workspace: each leaves a mark in the folder; its lease says which it found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def mark(workspace: Path, fresh: str) -> str:
    """The folder's mark; `fresh` becomes it where there is none. Raises OSError where it cannot write."""
    file = workspace / ".jr" / "mark"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(fresh)
    draft.write_text(fresh)
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return file.read_text()
    finally:
        draft.unlink()
    return fresh


def mark_of(workspace: Path) -> str | None:
    """The folder's mark, None where no worker has left one that can be read."""
    try:
        return (workspace / ".jr" / "mark").read_text()
    except OSError:
        return None


def sharing(workers: Mapping[str, str]) -> str:
    """What the marks of the living workers say, as a sentence."""
    if len(workers) < 2:  # noqa: PLR2004 -- one worker shares with nobody
        return "one worker"
    if len(set(workers.values())) == 1:
        return f"shared by {len(workers)} workers"
    return "not shared by all workers: a task's files are where it ran, and its archive in the database"
