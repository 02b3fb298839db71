"""The stages as the engine calls them: what proposes, what settles, what touches the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain import FileChange, Receipt
from app.engine.config import EngineConfig
from app.engine.workspace import mark_of
from app.llm.call import Ask
from app.pipeline import completion, ladder
from app.pipeline.ports import Disk, Failure, Job, Ports, Proposal, RunChecks, RunRlm
from app.store.session import driver_url
from app.task import Progress, TaskError
from app.writer import apply as applying
from app.writer.archive import zip_of
from app.writer.diff import unified
from app.writer.disk import WorkspaceDisk
from app.writer.policy import Policy

Fence = Callable[[], None]


class Writer(Protocol):
    """The disk, for one workspace a call. `name` names an apply: asked again, it gives the same receipts."""

    def disk(self, workspace: str) -> Disk: ...

    def mark(self) -> str | None:
        """The mark of the folder of all workspaces, by which processes know that they share it."""

    def compare(self, changes: Sequence[FileChange], *, workspace: str) -> None:
        """Raises Conflict where the tree is not the one these changes start from, and as `apply` does."""

    def apply(
        self, changes: Sequence[FileChange], *, workspace: str, name: str, fence: Fence
    ) -> tuple[Receipt, ...]: ...

    def revert(
        self, changes: Sequence[FileChange], *, workspace: str, name: str, applied_as: str
    ) -> None: ...

    def forget(self, name: str) -> None: ...

    def recover(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DiskWriter:
    """The writer on real folders, with its journal."""

    config: EngineConfig

    def disk(self, workspace: str) -> Disk:
        return WorkspaceDisk(self._policy(workspace))

    def mark(self) -> str | None:
        return mark_of(self.config.workspace)

    def compare(self, changes: Sequence[FileChange], *, workspace: str) -> None:
        applying.compare(changes, policy=self._policy(workspace), journal=self.config.journal)

    def apply(
        self, changes: Sequence[FileChange], *, workspace: str, name: str, fence: Fence
    ) -> tuple[Receipt, ...]:
        return applying.apply(
            changes, policy=self._policy(workspace), journal=self.config.journal, name=name, fence=fence
        )

    def revert(self, changes: Sequence[FileChange], *, workspace: str, name: str, applied_as: str) -> None:
        """Puts the files back, and removes the folders that the apply made where they end empty."""
        applying.revert(
            changes,
            of=applied_as,
            policy=self._policy(workspace),
            journal=self.config.journal,
            name=name,
            fence=lambda: None,
        )

    def forget(self, name: str) -> None:
        applying.forget(self.config.journal, name)

    def recover(self) -> None:
        applying.recover(self.config.journal)

    def _policy(self, workspace: str) -> Policy:
        config = self.config
        return Policy(
            workspace=config.workspace,
            roots=config.roots,
            protected_globs=config.protected,
            reserved=(config.journal.parent, *_database_file(config.database_url)),
        ).within(workspace)


def _database_file(url: str) -> tuple[Path, ...]:
    """SQLite's file; nothing of a database that lives elsewhere."""
    parsed = driver_url(url)
    return (Path(parsed.database),) if parsed.get_backend_name() == "sqlite" and parsed.database else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything of the lower layers that a run needs.

    `checks_for` gives the sandbox for a workspace, `rlm_for` the RLM rung for a job; None leaves them out.
    """

    writer: Writer
    propose: Callable[[Job, Ports], Awaitable[Proposal | Failure]] = ladder.propose
    settle: Callable[[Progress, Sequence[Receipt]], Progress] = completion.settle
    settle_failed: Callable[[Progress, TaskError], Progress] = completion.settle_failed
    settle_cancelled: Callable[[Progress], Progress] = completion.settle_cancelled
    complete: Callable[[Progress], bool] = completion.complete
    diff: Callable[[Sequence[FileChange]], str] = unified
    archive: Callable[[Sequence[tuple[str, bytes]]], bytes] = zip_of
    checks_for: Callable[[str], RunChecks] | None = None
    rlm_for: Callable[[Job, Ask], RunRlm | None] | None = None
