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

AsItIs = Found | PathRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A file to touch: what is planned, the new bytes (None removes it), the file it replaces.

    `fits`: what was found is what the change starts from.
    """

    planned: Planned
    data: bytes | None
    found: Found | None
    fits: bool

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
    found = _read(tree, pairs)
    barred = [as_it_is for as_it_is in found.values() if isinstance(as_it_is, PathRefused)]
    if barred and not seen:
        raise barred[0]
    works = tuple(
        _work(target, change, found[target], f".jr-{token}-{number}")
        for number, (target, change) in enumerate(pairs)
    )
    moved = tuple(work.planned.path for work in works if work.planned.write and not work.fits)
    if moved:
        raise Conflict(moved)
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


def _read(tree: _Tree, pairs: Sequence[tuple[TargetPath, FileChange]]) -> dict[TargetPath, AsItIs]:
    """Every target as it is, in the order given. Raises WriteFailed."""
    changes = dict(pairs)
    found: dict[TargetPath, AsItIs] = {}
    for place, group in by_folder(changes):
        with told(changes[group[0]].path):
            try:
                lacking = tree.lacks(place)
            except PathRefused as refused:
                found |= {target: _refused(refused, changes[target]) for target in group}
                continue
            if lacking:
                continue
            with opened(tree.files, place) as folder:
                found |= {target: _as_it_is(tree.files, folder, target, changes[target]) for target in group}
    return {target: found.get(target) for target in changes}


def _as_it_is(files: Files, folder: int, target: TargetPath, change: FileChange) -> AsItIs:
    try:
        with told(change.path):
            return files.read(folder, target.file, _limit(change))
    except PathRefused as refused:
        return _refused(refused, change)


def _refused(refused: PathRefused, change: FileChange) -> PathRefused:
    return PathRefused(refused.code, refused.detail, change.path)


def _limit(change: FileChange) -> int:
    """More than either side has, so that what somebody added is seen."""
    return max(len(change.before or b""), len(change.after or b"")) + 1


def _work(target: TargetPath, change: FileChange, found: AsItIs, beside: str) -> Work:
    barred = isinstance(found, PathRefused) and not (found.names_nothing and change.after is None)
    there = None if isinstance(found, PathRefused) else found
    planned = Planned(
        path=change.path,
        folder=target.folder,
        file=target.file,
        before=_hash(change.before),
        after=_hash(change.after),
        size=len(change.after or b""),
        limit=_limit(change),
        write=barred or (there.data if there else None) != change.after,
        staged=f"{beside}.new",
        saved=f"{beside}.old",
    )
    fits = not barred and _hash(there.data if there else None) == planned.before
    return Work(planned=planned, data=change.after, found=there, fits=fits)


def _hash(data: bytes | None) -> str | None:
    return None if data is None else sha256(data)


def _upwards(place: Place) -> tuple[Place, ...]:
    return tuple(Place(place.root, place.parts[:depth]) for depth in range(len(place.parts), 0, -1))
