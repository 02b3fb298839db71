"""What an apply is about to do and what it did, kept outside the tree so that a crash can be mended.

An apply's entry is one file that changes its name, never its contents: `open` from before the first touch of
the tree until everything is durable, `done` while leftovers may lie beside the targets, `kept` from then on.
An open entry is always rolled back; that of a finished apply answers when the same apply is asked again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from app.domain import JsonObject
from app.writer.files import Files, opened
from app.writer.resolve import Place

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_LIMIT = 64 * 2**20


class State(StrEnum):
    OPEN = "open"
    DONE = "done"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One file of an apply: hashes before and after (None: no file), and whether it has to be touched at all.

    `size` is that of the new bytes; `limit` is more than either side has; `staged` and `saved` are the names
    the new and the old bytes have beside the file while the apply runs.
    """

    path: str
    folder: Place
    file: str
    before: str | None
    after: str | None
    size: int
    limit: int
    write: bool
    staged: str
    saved: str

    @property
    def location(self) -> tuple[str, ...]:
        return (*self.folder.full, self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All an apply will do. `made`: folders it makes, top first; `prune`: those it removes if left empty."""

    name: str
    digest: str
    files: tuple[Planned, ...]
    made: tuple[Place, ...] = ()
    prune: tuple[Place, ...] = ()

    @property
    def writes(self) -> tuple[Planned, ...]:
        return tuple(planned for planned in self.files if planned.write)


class _InFolder(Protocol):
    @property
    def folder(self) -> Place: ...


_Filed = TypeVar("_Filed", bound=_InFolder)


def by_folder(things: Iterable[_Filed]) -> Iterator[tuple[Place, tuple[_Filed, ...]]]:
    """The things of each folder, folders in order, so that each is opened once."""
    for folder, group in itertools.groupby(sorted(things, key=_folder), key=_folder):
        yield folder, tuple(group)


def _folder(thing: _InFolder) -> Place:
    return thing.folder


@dataclass(frozen=True, slots=True)
class Journal:
    """The entries in one folder. All but `locked` are called with the lock held; all raise OSError."""

    path: Path
    files: Files

    def locked(self) -> AbstractContextManager[None]:
        return self.files.lock(self.path)

    def entries(self, *states: State) -> Iterator[Entry]:
        for name, state in self._listed():
            if state in states and (entry := self._load(name, state)):
                yield entry

    def state(self, name: str) -> State | None:
        return next((state for listed, state in self._listed() if listed == name), None)

    def finished(self, name: str) -> Entry | None:
        state = self.state(name)
        return None if state in (None, State.OPEN) else self._load(name, state)

    def write(self, entry: Entry) -> None:
        """Makes the entry open and durable. Raises ValueError on a name that is no plain word."""
        if not _NAME.fullmatch(entry.name):
            raise ValueError(f"an apply cannot be named {entry.name!r}")
        draft = f"{entry.name}.draft"
        with opened(self.files, Place(str(self.path), ())) as folder:
            with contextlib.suppress(FileNotFoundError):
                self.files.unlink(folder, draft)
            file = self.files.create(folder, draft, 0o600)
            try:
                self.files.write(file, json.dumps(asdict(entry)).encode())
                self.files.sync(file)
            finally:
                self.files.close(file)
            self.files.rename(folder, draft, f"{entry.name}.{State.OPEN}")
            self.files.sync(folder)

    def move(self, name: str, to: State, *, durable: bool = True) -> None:
        """Gives the entry another state, whichever it has; nothing where it has it already."""
        with opened(self.files, Place(str(self.path), ())) as folder:
            for listed in self.files.names(folder):
                if _parted(listed)[0] == name and _parted(listed)[1] not in (None, to):
                    self.files.rename(folder, listed, f"{name}.{to}")
            if durable:
                self.files.sync(folder)

    def remove(self, name: str) -> None:
        with opened(self.files, Place(str(self.path), ())) as folder:
            for listed in self.files.names(folder):
                if listed.rpartition(".")[0] == name:
                    self.files.unlink(folder, listed)
            self.files.sync(folder)

    def _listed(self) -> Sequence[tuple[str, State]]:
        with opened(self.files, Place(str(self.path), ())) as folder:
            return [(name, state) for name, state in map(_parted, self.files.names(folder)) if state]

    def _load(self, name: str, state: State) -> Entry | None:
        with opened(self.files, Place(str(self.path), ())) as folder:
            found = self.files.read(folder, f"{name}.{state}", _LIMIT)
        return _entry(json.loads(found.data)) if found else None


def _parted(listed: str) -> tuple[str, State | None]:
    name, _, state = listed.rpartition(".")
    return name, State(state) if state in list(State) else None


def _entry(row: JsonObject) -> Entry:
    return Entry(
        name=row["name"],
        digest=row["digest"],
        files=tuple(Planned(**{**file, "folder": _place(file["folder"])}) for file in row["files"]),
        made=tuple(map(_place, row["made"])),
        prune=tuple(map(_place, row["prune"])),
    )


def _place(row: JsonObject) -> Place:
    return Place(row["root"], tuple(row["parts"]))
