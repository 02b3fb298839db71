"""Which files a task may write: a path's text parsed into a place beneath an allowed root, or refused."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from app.writer.errors import PathRefused
from app.writer.names import fault, normal, segments
from app.writer.resolve import Place

__all__ = ["PathRefused", "Policy", "Quotas", "TargetPath"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What one task may write at most; sizes in bytes."""

    files: int = 2_000
    file_bytes: int = 16 * 2**20
    task_bytes: int = 128 * 2**20


@dataclass(frozen=True, slots=True, order=True)
class TargetPath:
    """A path that passed the policy: as the task names it, and the file in its folder beneath a root."""

    name: str
    folder: Place
    file: str

    @property
    def location(self) -> tuple[str, ...]:
        """All names from the top of the machine: two targets are one file exactly when this is the same."""
        return (*self.folder.full, self.file)


class _Root(NamedTuple):
    """An allowed folder as it was named, and as it is once its own links are followed."""

    named: tuple[str, ...]
    real: Path


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one task.

    `workspace` is the folder of all workspaces and `folder` the task's own in it, for relative paths.
    Absolute paths must lie under `roots` or `workspace`. `reserved` folders and files are nobody's to write,
    nor is what stands beside them under a name made of theirs, as a database's own files do.
    Links in the names of these folders are followed once, here; beneath them none is ever followed.
    """

    workspace: Path
    roots: tuple[Path, ...] = ()
    protected_globs: tuple[str, ...] = ()
    quotas: Quotas = Quotas()
    folder: str = ""
    reserved: tuple[Path, ...] = ()
    _home: Path = field(init=False, repr=False)
    _roots: tuple[_Root, ...] = field(init=False, repr=False)
    _reserved: tuple[Path, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_home", self.workspace.resolve())
        named = {root for path in (self.workspace, *self.roots) for root in (path.absolute(), path.resolve())}
        longest_first = sorted(named, key=lambda root: (-len(root.parts), root))
        object.__setattr__(self, "_roots", tuple(_Root(p.parts[1:], p.resolve()) for p in longest_first))
        object.__setattr__(self, "_reserved", tuple(path.resolve() for path in self.reserved))

    def within(self, folder: str) -> Policy:
        """The policy of a task whose workspace is named `folder`. Raises PathRefused."""
        _spelled(folder)
        if folder.startswith("/"):
            raise PathRefused("path_absolute_outside", "A workspace is named by a relative path.", folder)
        return replace(self, folder=normal(folder))

    def parse(self, path: str) -> TargetPath:
        """The place this path names. Raises PathRefused; asks no disk."""
        _spelled(path)
        name = normal(path)
        target = self._absolute_target(name) if name.startswith("/") else self._relative_target(name)
        if any(_belongs_to(closed, target) for closed in self._reserved):
            raise PathRefused("path_reserved", f"`{path}` is of what Jr keeps for itself.", path)
        return target

    def protected(self, path: str) -> bool:
        """True where writing this path waits for approval. Raises PathRefused."""
        target = self.parse(path)
        spellings = (target.name, "/".join((*target.folder.parts, target.file)), str(Path(*target.location)))
        return any(_glob(glob).fullmatch(s.casefold()) for glob in self.protected_globs for s in spellings)

    def _relative_target(self, name: str) -> TargetPath:
        own = segments(self.folder) if self.folder else ()
        *between, file = segments(name)
        return TargetPath(name, Place(str(self._home), (*own, *between)), file)

    def _absolute_target(self, name: str) -> TargetPath:
        *between, file = segments(name)
        for root in self._roots:
            depth = len(root.named)
            if tuple(between[:depth]) == root.named:
                return TargetPath(name, Place(str(root.real), tuple(between[depth:])), file)
        raise PathRefused("path_absolute_outside", f"`{name}` lies under no allowed root.", name)


def _belongs_to(closed: Path, target: TargetPath) -> bool:
    """True for the closed folder or file itself, what is in it, and `closed-…` or `closed.…` beside it."""
    *above, own = (name.casefold() for name in closed.parts)
    names = [name.casefold() for name in target.location]
    beside = names[len(above)] if len(names) > len(above) and names[: len(above)] == above else ""
    return beside == own or beside.startswith((f"{own}-", f"{own}."))


def _spelled(path: str) -> None:
    found = fault(normal(path))
    if found:
        raise PathRefused(found.code, found.detail, path)


@functools.lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`**` crosses folders, `*` and `?` do not; a glob without a slash is about a file's own name."""
    pattern = glob.casefold() if "/" in glob else f"**/{glob.casefold()}"
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(token) or re.escape(token) for token in tokens), re.DOTALL)
