"""A workspace and a journal of their own, and the ways to use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.domain import Content, FileChange, Receipt
from app.writer.apply import (
    apply,
    revert,
)
from app.writer.files import Files
from app.writer.policy import Policy


class TakenOverError(Exception):
    """What a fence says when another worker has the task now."""


def change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    return FileChange(path=path, before=before, after=after, content=Content.INLINE)


def nothing() -> None:
    """A fence that lets everything pass."""


@dataclass
class Ground:
    """A workspace, a journal and the ways to use them."""

    base: Path
    journal: Path

    @property
    def tree(self) -> Path:
        return self.base / "task"

    @property
    def policy(self) -> Policy:
        return Policy(self.base).within("task")

    def apply(
        self,
        *changes: FileChange,
        name: str = "one",
        fence: Callable[[], None] = nothing,
        files: Files | None = None,
    ) -> tuple[Receipt, ...]:
        return apply(changes, policy=self.policy, journal=self.journal, name=name, fence=fence, files=files)

    def revert(self, *changes: FileChange, of: str = "one") -> tuple[Receipt, ...]:
        return revert(changes, of=of, policy=self.policy, journal=self.journal, name="back", fence=nothing)

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.tree)): p.read_bytes() for p in self.tree.rglob("*") if p.is_file()}

    def put(self, path: str, data: bytes, mode: int = 0o644) -> Path:
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode)
        return file
