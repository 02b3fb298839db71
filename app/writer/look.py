"""Compares a change set with the tree as it is now and plans the apply; touches nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain import FileChange, sha256
from app.writer.changeset import digest
from app.writer.errors import Conflict, PathRefused, told
from app.writer.files import Files, Found, opened
from app.writer.journal import Entry, Planned, by_folder
from app.writer.policy import TargetPath
from app.writer.resolve import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A file to touch: what is planned, the new bytes (None removes it), the file it replaces."""

    planned: Planned
    data: bytes | None
    found: Found | None

    @property
    def folder(self) -> Place:
        return self.planned.folder


@dataclass
class _Tree:
    """The tree as it is, each folder asked for once."""

    files: Files
    missing: dict[Place, bool] = field(default_factory=dict)

    def lacks(self, place: Place) -> bool:
        if place not in self.missing:
            self.missing[place] = (bool(place.parts) and self.lacks(place.above)) or self._absent(place)
        return self.missing[place]

    def _absent(self, place: Place) -> bool:
        try:
            with opened(self.files, place):
                return False
        except FileNotFoundError:
            return True

    def read(self, place: Place, name: str, limit: int) -> Found | None:
        if self.lacks(place):
            return None
        with opened(self.files, place) as folder:
            return self.files.read(folder, name, limit)


def plan(
    files: Files,
    pairs: Sequence[tuple[TargetPath, FileChange]],
    *,
    name: str,
    prune: tuple[Place, ...] = (),
    seen: bool = False,
) -> tuple[Entry, tuple[Work, ...]]:
    """What to journal and what to do. Raises Conflict with all paths that moved, PathRefused, OSError.

    `seen`: the targets are known to have been plain files or nothing, so what else stands there has moved.
    """
    tree = _Tree(files)
    token = secrets.token_hex(4)
    works, moved = [], []
    for number, (target, change) in enumerate(pairs):
        try:
            work = _work(tree, target, change, f".jr-{token}-{number}")
        except PathRefused:
            if not seen:
                raise
            moved.append(change.path)
        else:
            works.append(work)
            moved += [] if _fits(work) else [change.path]
    if moved:
        raise Conflict(tuple(moved))
    made = {
        place
        for work in works
        if work.planned.write and work.data is not None
        for place in _upwards(work.planned.folder)
        if tree.lacks(place)
    }
    entry = Entry(
        name=name,
        digest=digest([change for _, change in pairs]),
        files=tuple(work.planned for work in works),
        made=tuple(sorted(made, key=lambda place: (len(place.parts), place))),
        prune=prune,
    )
    return entry, tuple(work for work in works if work.planned.write)


def still_fits(files: Files, works: Sequence[Work]) -> None:
    """Looks once more when all is staged, since others may have written meanwhile. Raises Conflict."""
    moved: list[str] = []
    for place, group in by_folder(works):
        with told(str(place)), opened(files, place) as folder:
            for work in group:
                found = files.read(folder, work.planned.file, work.planned.limit)
                if _hash(found.data if found else None) != work.planned.before:
                    moved.append(work.planned.path)
    if moved:
        raise Conflict(tuple(moved))


def _work(tree: _Tree, target: TargetPath, change: FileChange, beside: str) -> Work:
    limit = max(len(change.before or b""), len(change.after or b"")) + 1
    try:
        with told(change.path):
            found = tree.read(target.folder, target.file, limit)
    except PathRefused as refused:
        raise PathRefused(refused.code, refused.detail, change.path) from refused
    planned = Planned(
        path=change.path,
        folder=target.folder,
        file=target.file,
        before=_hash(change.before),
        after=_hash(change.after),
        size=len(change.after or b""),
        limit=limit,
        write=(found.data if found else None) != change.after,
        staged=f"{beside}.new",
        saved=f"{beside}.old",
    )
    return Work(planned=planned, data=change.after, found=found)


def _fits(work: Work) -> bool:
    return not work.planned.write or _hash(work.found.data if work.found else None) == work.planned.before


def _hash(data: bytes | None) -> str | None:
    return None if data is None else sha256(data)


def _upwards(place: Place) -> tuple[Place, ...]:
    return tuple(Place(place.root, place.parts[:depth]) for depth in range(len(place.parts), 0, -1))
