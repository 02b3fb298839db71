"""Puts the old tree back from an apply's entry, and clears away what a finished apply left beside its files.

Both can be broken off at any call and done again: all is decided by the bytes found on disk. Bytes that are
neither the old nor the new ones belong to someone else and stay.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
from collections.abc import Iterable, Iterator

from app.domain import sha256
from app.writer.files import Files, Found
from app.writer.journal import Entry, Journal, Planned, State, by_folder
from app.writer.resolve import Place

_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)


def roll_back(journal: Journal, entry: Entry) -> None:
    """The old tree, durably, and then no entry. Raises OSError, PathRefused where some cannot be reached."""
    files = journal.files
    journal.move(entry.name, State.OPEN)
    for place, group in by_folder(entry.writes):
        with _present(files, place) as folder:
            if folder is not None:
                for planned in group:
                    _restore(files, folder, planned)
                files.sync(folder)
    _remove_folders(files, entry.made)
    journal.remove(entry.name)


def sweep(journal: Journal, entry: Entry) -> None:
    """Removes the saved old bytes and the folders to prune of a finished apply. Raises as `roll_back`."""
    files = journal.files
    for place, group in by_folder(planned for planned in entry.writes if planned.before is not None):
        with _present(files, place) as folder:
            if folder is not None:
                for planned in group:
                    _discard(files, folder, planned.saved)
                files.sync(folder)
    _remove_folders(files, entry.prune)
    journal.move(entry.name, State.KEPT, durable=False)


def found_hash(found: Found | None) -> str | None:
    return None if found is None else sha256(found.data)


def _restore(files: Files, folder: int, planned: Planned) -> None:
    _discard(files, folder, planned.staged)
    if planned.before is None:
        if found_hash(files.read(folder, planned.file, planned.limit)) == planned.after:
            files.unlink(folder, planned.file)
        return
    if files.read(folder, planned.saved, 1) is None:
        return
    now = found_hash(files.read(folder, planned.file, planned.limit))
    if now in (planned.after, None):
        files.rename(folder, planned.saved, planned.file)
    else:
        files.unlink(folder, planned.saved)


def _discard(files: Files, folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        files.unlink(folder, name)


def _remove_folders(files: Files, places: Iterable[Place]) -> None:
    """Removes those that are empty, deepest first."""
    for above, group in itertools.groupby(sorted(places, key=_deepest_first), key=lambda place: place.above):
        with _present(files, above) as folder:
            if folder is not None:
                for place in group:
                    _remove_if_empty(files, folder, place.name)
                files.sync(folder)


def _deepest_first(place: Place) -> tuple[int, Place]:
    return -len(place.parts), place


def _remove_if_empty(files: Files, folder: int, name: str) -> None:
    try:
        files.remove_folder(folder, name)
    except FileNotFoundError:
        return
    except OSError as error:
        if not isinstance(error, NotADirectoryError) and error.errno not in _NOT_EMPTY:
            raise


@contextlib.contextmanager
def _present(files: Files, place: Place) -> Iterator[int | None]:
    """The folder, or None where it was never made or is gone."""
    try:
        folder = files.open_folder(place)
    except FileNotFoundError:
        yield None
        return
    try:
        yield folder
    finally:
        files.close(folder)
