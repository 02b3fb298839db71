"""The steps of an apply on the tree: make folders, stage new bytes, save the old, swap, sync."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable

from app.writer.errors import told
from app.writer.files import Files, opened
from app.writer.journal import Entry, by_folder
from app.writer.look import Work
from app.writer.resolve import Place

_BATCH = 128  # files open at once
_NO_LINKS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def make_folders(files: Files, made: tuple[Place, ...]) -> None:
    """Makes the folders, top first; one that has appeared meanwhile is taken as it is."""
    for place in made:
        with told(str(place)), opened(files, place.above) as above:
            _make_folder(files, above, place.name)


def stage(files: Files, works: Iterable[Work]) -> None:
    """Writes the new bytes beside their targets and syncs them."""
    for place, group in by_folder(work for work in works if work.data is not None):
        with told(str(place)), opened(files, place) as folder:
            for start in range(0, len(group), _BATCH):
                _stage_batch(files, folder, group[start : start + _BATCH])


def save(files: Files, works: Iterable[Work]) -> None:
    """Gives the old files their second names and makes these durable, before any target is touched."""
    for place, group in by_folder(work for work in works if work.found):
        with told(str(place)), opened(files, place) as folder:
            for work in group:
                with told(work.planned.path):
                    _save(files, folder, work)
            files.sync(folder)


def swap(files: Files, works: Iterable[Work]) -> None:
    """Renames the staged bytes to their targets, removes what is to go."""
    for place, group in by_folder(works):
        with told(str(place)), opened(files, place) as folder:
            for work in group:
                with told(work.planned.path):
                    _swap(files, folder, work)


def sync_folders(files: Files, entry: Entry) -> None:
    """Makes all new names durable: of files in their folders, of new folders in those above them."""
    touched = {planned.folder for planned in entry.writes} | {place.above for place in entry.made}
    for place in sorted(touched):
        with told(str(place)), opened(files, place) as folder:
            files.sync(folder)


def _make_folder(files: Files, above: int, name: str) -> None:
    with contextlib.suppress(FileExistsError):
        files.make_folder(above, name)


def _swap(files: Files, folder: int, work: Work) -> None:
    if work.data is None:
        files.unlink(folder, work.planned.file)
    else:
        files.rename(folder, work.planned.staged, work.planned.file)


def _stage_batch(files: Files, folder: int, batch: tuple[Work, ...]) -> None:
    with contextlib.ExitStack() as opened_files:
        staged: list[tuple[Work, int]] = []
        for work in batch:
            with told(work.planned.path):
                file = files.create(folder, work.planned.staged, _mode(work))
                opened_files.callback(files.close, file)
                files.write(file, work.data or b"")
                if work.found:
                    files.dress(file, work.found)
                staged.append((work, file))
        for work, file in staged:
            with told(work.planned.path):
                files.sync(file)


def _mode(work: Work) -> int:
    """Nobody else reads a replacement before it has its file's own bits; a new script can be run."""
    if work.found:
        return 0o600
    return 0o755 if (work.data or b"").startswith(b"#!") else 0o644


def _save(files: Files, folder: int, work: Work) -> None:
    try:
        files.link(folder, work.planned.file, work.planned.saved)
    except OSError as error:
        if error.errno not in _NO_LINKS or work.found is None:
            raise
        _copy(files, folder, work)


def _copy(files: Files, folder: int, work: Work) -> None:
    """The old bytes as a file of their own, where the disk has no second names."""
    if work.found:
        copy = files.create(folder, work.planned.saved, 0o600)
        try:
            files.write(copy, work.found.data)
            files.dress(copy, work.found)
            files.sync(copy)
        finally:
            files.close(copy)
