"""The files of a task in memory: what is on disk, with the changes made so far laid over it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.domain import Content, FileChange
from app.pipeline.ports import Disk


@dataclass
class Tree:
    """Reads through to the disk once for each path and collects one `FileChange` for each path written."""

    disk: Disk
    _before: dict[str, bytes | None] = field(default_factory=dict)
    _changes: dict[str, FileChange] = field(default_factory=dict)
    _inline: dict[str, FileChange | None] = field(default_factory=dict)

    async def read(self, path: str) -> bytes | None:
        """The file as it is with the changes so far; None where there is none."""
        if path in self._changes:
            return self._changes[path].after
        return await self.on_disk(path)

    async def on_disk(self, path: str) -> bytes | None:
        """The file as the task found it."""
        if path not in self._before:
            self._before[path] = await self.disk.read(path)
        return self._before[path]

    async def write(
        self,
        path: str,
        after: bytes,
        content: Content,
        deliverables: tuple[str, ...],
        step_number: int | None,
    ) -> FileChange:
        """Lays new bytes over the path; a later write adds its deliverables to the earlier."""
        earlier = self._changes.get(path)
        if content is Content.GENERATE:
            self._inline.setdefault(path, earlier)
        change = FileChange(
            path=path,
            before=await self.on_disk(path),
            after=after,
            content=content,
            deliverables=deliverables,
            step_number=step_number,
        )
        if earlier:
            both = tuple(dict.fromkeys((*earlier.deliverables, *deliverables)))
            change = replace(change, deliverables=both)
        self._changes[path] = change
        return change

    def take_back(self, path: str) -> None:
        """Leaves of the path what was laid before a model first wrote it: inline bytes, or nothing."""
        if path in self._inline:
            del self._changes[path]
            if inline := self._inline.pop(path):
                self._changes[path] = inline

    @property
    def changes(self) -> tuple[FileChange, ...]:
        return tuple(self._changes.values())
