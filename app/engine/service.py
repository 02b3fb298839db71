"""Tasks, as the API sees them: submit, look, wait, and the few verbs that change one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Connection

from app.engine import cursor
from app.engine.admission import Admission
from app.engine.decisions import Decisions
from app.engine.errors import Refused, TaskNotFound
from app.engine.parts import Parts
from app.engine.readiness import Readiness
from app.engine.watch import Watch
from app.store import artifacts, events, tasks
from app.store.session import Database
from app.store.tasks import Standing
from app.task import ArtifactInfo, Event, FileRecord, NewTask, Status, Task

_CANCEL_WAIT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Every task there is. A method raises `TaskNotFound` for an id, artifact or path that is not there."""

    database: Database
    watch: Watch
    parts: Parts
    admission: Admission
    decisions: Decisions
    ready: Readiness

    async def submit(self, new: NewTask, *, idempotency_key: str | None = None) -> tuple[Task, bool]:
        """Stores a task and hands it to the queue, in one transaction; it is on disk when this returns.

        The bool is True where `idempotency_key` (kept by caller) was used before with the same body: the task
        is that one, as it stands now. Raises `IdempotencyMismatch`, `QueueFull`.
        """
        task_id, replayed = await self.admission.admit(new, idempotency_key)
        return await self.get(task_id), replayed

    async def get(self, task_id: str) -> Task:
        """The whole task as it stands now."""
        found = await self.database.read(lambda connection: tasks.get(connection, task_id))
        if found is None:
            raise TaskNotFound("this task")
        return found

    async def wait(self, task_id: str, *, version: int | None = None, timeout_s: float) -> Task:
        """The task once it has ended, or once its version differs from `version`, or after `timeout_s`."""
        end = monotonic() + timeout_s
        with self.watch.waiting(task_id) as changed:
            while True:
                changed.clear()
                now = await self._standing(task_id)
                left = end - monotonic()
                if now.status.ended or left <= 0 or version not in (None, now.version):
                    return await self.get(task_id)
                try:
                    await asyncio.wait_for(changed.wait(), left)
                except TimeoutError:
                    continue

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
        start = cursor.read(before, status, workspace)
        page = await self.database.read(
            lambda connection: tasks.page(
                connection, limit=page_size + 1, before=start, status=status, workspace=workspace
            )
        )
        shown = page[:page_size]
        more = len(page) > page_size
        return shown, cursor.write(shown[-1], status, workspace) if more else None

    async def events(self, task_id: str, *, after: int = 0, limit: int = 500) -> tuple[Event, ...]:
        """Events with a number above `after`, in order; at most `limit`."""

        def work(connection: Connection) -> tuple[Event, ...]:
            _there(tasks.standing(connection, task_id))
            return events.page(connection, task_id, after=after, limit=limit)

        return await self.database.read(work)

    async def artifact(self, task_id: str, artifact_id: str) -> tuple[ArtifactInfo, bytes]:
        """An artifact and its bytes."""
        found = await self.database.read(lambda connection: artifacts.read(connection, task_id, artifact_id))
        if found is None:
            raise TaskNotFound("this artifact")
        return found

    async def file(self, task_id: str, path: str) -> tuple[FileRecord, bytes]:
        """A file as the task wrote it (not as it is on disk now); `path` as in `files_created`."""
        task = await self.get(task_id)
        record = next((file for file in task.files_created if file.path == path), None)
        data = await self._bytes(task_id, record) if record else None
        if record is None or data is None:
            raise TaskNotFound("this file")
        return record, data

    async def diff(self, task_id: str) -> str:
        """The unified diff of the whole change set, empty where nothing changed."""

        def work(connection: Connection) -> bytes | None:
            _there(tasks.standing(connection, task_id))
            return artifacts.latest(connection, task_id, "diff", "changes.diff")

        return (await self.database.read(work) or b"").decode()

    async def archive(self, task_id: str) -> bytes:
        """A zip of the files the task wrote; equal contents give equal bytes."""
        task = await self.get(task_id)
        found = [(file.path, await self._bytes(task_id, file)) for file in task.files_created]
        return self.parts.archive([(path, data) for path, data in found if data is not None])

    async def cancel(self, task_id: str) -> Task:
        """Ends the task as cancelled; again is no error. Raises `Refused` where it ended otherwise."""
        end = monotonic() + _CANCEL_WAIT_S
        while not await self.decisions.cancel(task_id):
            if monotonic() >= end:
                raise Refused("being_written", "the files of this task are being written just now")
            before = await self._standing(task_id)
            await self.wait(task_id, version=before.version, timeout_s=1.0)
        return await self._changed(task_id)

    async def retry(self, task_id: str) -> Task:
        """Starts the next attempt of a failed or cancelled task. Raises `Refused`, `QueueFull`."""
        await self.admission.admit_again(task_id)
        return await self._changed(task_id)

    async def approve(self, task_id: str) -> Task:
        """Lets the waiting change set be written. Raises `Refused` where none waits."""
        await self.decisions.approve(task_id)
        return await self._changed(task_id)

    async def reject(self, task_id: str) -> Task:
        """Ends a waiting task as failed with the code `rejected`. Raises `Refused` where none waits."""
        await self.decisions.reject(task_id)
        return await self._changed(task_id)

    async def revert(self, task_id: str) -> Task:
        """Puts every file back as it was before the task.

        Raises `Refused` with the code `conflict` and the paths where a file has changed since, `not_ended`
        while it runs, `nothing_to_revert` where it wrote nothing or was reverted before.
        """
        await self.decisions.revert(task_id)
        return await self._changed(task_id)

    async def delete(self, task_id: str) -> None:
        """Forgets an ended task with its events and artifacts. Raises `Refused` while it runs."""
        await self.decisions.delete(task_id)
        self.watch.changed(task_id)

    async def readiness(self) -> tuple[tuple[str, bool, str], ...]:
        """Checks as (name, ok, detail): database, migrations, worker, workspace, journal."""
        return await self.ready.checks()

    async def counts(self) -> Mapping[Status, int]:
        """How many tasks there are in each status, for the metrics."""
        return await self.database.read(tasks.counts)

    async def _standing(self, task_id: str) -> Standing:
        return _there(await self.database.read(lambda connection: tasks.standing(connection, task_id)))

    async def _changed(self, task_id: str) -> Task:
        self.watch.changed(task_id)
        return await self.get(task_id)

    async def _bytes(self, task_id: str, file: FileRecord) -> bytes | None:
        return await self.database.read(
            lambda connection: artifacts.latest(connection, task_id, "file", file.path, digest=file.sha256)
        )


def _there(found: Standing | None) -> Standing:
    if found is None:
        raise TaskNotFound("this task")
    return found
