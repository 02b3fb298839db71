"""The workspace and the allowed roots as a run may look at them; nothing here writes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from app.domain import Problem
from app.writer.errors import PathRefused, WriteFailed, sentence
from app.writer.files import DiskFiles, Files, opened
from app.writer.policy import Policy


@dataclass(frozen=True)
class WorkspaceDisk:
    """A task's view of the disk, by its policy."""

    policy: Policy
    files: Files = field(default_factory=DiskFiles)

    async def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises PathRefused, WriteFailed."""
        return await asyncio.to_thread(self.look, path)

    def refusal(self, path: str) -> Problem | None:
        """Why this path may not be written, or None."""
        try:
            self.look(path)
        except PathRefused as refused:
            return Problem(code=refused.code, message=refused.detail, severity="error")
        except WriteFailed as failed:
            return Problem(code="write_failed", message=failed.detail, severity="error")
        return None

    def protected(self, path: str) -> bool:
        """Whether a person has to approve a change of this path."""
        return self.policy.protected(path)

    def look(self, path: str) -> bytes | None:
        """As `read`, in the caller's own thread."""
        target = self.policy.parse(path)
        limit = self.policy.quotas.file_bytes
        try:
            with opened(self.files, target.folder) as folder:
                found = self.files.read(folder, target.file, limit + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WriteFailed(f"`{path}` cannot be read: {sentence(error)}") from error
        if found and len(found.data) > limit:
            raise PathRefused(
                "quota_file_bytes", f"`{path}` is larger than the {limit} bytes a task may write.", path
            )
        return found.data if found else None
