"""Tasks, as the API sees them: submit, look, wait, and the few verbs that change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.task import ArtifactInfo, Event, FileRecord, NewTask, Status, Task


class Tasks(Protocol):
    """Every task there is. Each method raises `TaskNotFound` for an id, artifact or path that is not there."""

    async def submit(self, new: NewTask, *, idempotency_key: str | None = None) -> tuple[Task, bool]:
        """Stores a task and hands it to the queue, in one transaction; it is on disk when this returns.

        The bool is True where `idempotency_key` (kept by caller) was used before with the same body: the task
        is that one, as it stands now. Raises `IdempotencyMismatch`, `QueueFull`.
        """

    async def get(self, task_id: str) -> Task:
        """The whole task as it stands now."""

    async def wait(self, task_id: str, *, version: int | None = None, timeout_s: float) -> Task:
        """The task once it has ended, or once its version differs from `version`, or after `timeout_s`."""

    async def list(
        self,
        *,
        page_size: int,
        before: str | None = None,
        status: Status | None = None,
        workspace: str | None = None,
    ) -> tuple[tuple[Task, ...], str | None]:
        """A page, newest first, and the opaque cursor of the next one or None. Raises `BadCursor`.

        The tasks of a page carry no instruction text, plan, artifacts or steps.
        """

    async def events(self, task_id: str, *, after: int = 0, limit: int = 500) -> tuple[Event, ...]:
        """Events with a number above `after`, in order; at most `limit`."""

    async def artifact(self, task_id: str, artifact_id: str) -> tuple[ArtifactInfo, bytes]:
        """An artifact and its bytes."""

    async def file(self, task_id: str, path: str) -> tuple[FileRecord, bytes]:
        """A file as the task wrote it (not as it is on disk now); `path` as in `files_created`."""

    async def diff(self, task_id: str) -> str:
        """The unified diff of the whole change set, empty where nothing changed."""

    async def archive(self, task_id: str) -> bytes:
        """A zip of the files the task wrote; equal contents give equal bytes."""

    async def cancel(self, task_id: str) -> Task:
        """Ends the task as cancelled; again is no error. Raises `Refused` where it ended otherwise."""

    async def retry(self, task_id: str) -> Task:
        """Starts the next attempt of a failed or cancelled task. Raises `Refused`, `QueueFull`."""

    async def approve(self, task_id: str) -> Task:
        """Lets the waiting change set be written. Raises `Refused` where none waits."""

    async def reject(self, task_id: str) -> Task:
        """Ends a waiting task as failed with the code `rejected`. Raises `Refused` where none waits."""

    async def revert(self, task_id: str) -> Task:
        """Puts every file back as it was before the task.

        Raises `Refused` with the code `conflict` and the paths where a file has changed since, `not_ended`
        while it runs, `nothing_to_revert` where it wrote nothing.
        """

    async def delete(self, task_id: str) -> None:
        """Forgets an ended task with its events and artifacts. Raises `Refused` while it runs."""

    async def readiness(self) -> tuple[tuple[str, bool, str], ...]:
        """Checks as (name, ok, detail): database, migrations, worker, journal."""

    async def counts(self) -> Mapping[Status, int]:
        """How many tasks there are in each status, for the metrics."""
