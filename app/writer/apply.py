"""Puts a change set on disk, all of it or none, durably: journal, stage, save, swap, read back.

1. The journal's entry is made durable. From here on a crash, or any error, ends in the old tree.
2. The new bytes are staged beside their targets and synced; the old files get a second, durable name.
3. `fence` may still say no. One rename swaps each target; folders are synced; each file is read back.
4. The entry's rename to `done` is the commit: the change set stands, and asking again gives the receipts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from app.domain import Disposition, FileChange, Receipt
from app.writer.changeset import digest, invert, placed
from app.writer.errors import Conflict, PathRefused, WriteFailed, sentence, told
from app.writer.files import DiskFiles, Files, opened
from app.writer.journal import Entry, Journal, Planned, State, by_folder
from app.writer.look import Work, plan, still_fits
from app.writer.policy import Policy, TargetPath
from app.writer.resolve import Place
from app.writer.stage import make_folders, save, stage, swap, sync_folders
from app.writer.undo import found_hash, roll_back, sweep

__all__ = [
    "Conflict",
    "PathRefused",
    "WriteFailed",
    "apply",
    "compare",
    "forget",
    "recover",
    "revert",
]


def apply(
    changes: Sequence[FileChange],
    *,
    policy: Policy,
    journal: Path,
    name: str,
    fence: Callable[[], None],
    files: Files | None = None,
) -> tuple[Receipt, ...]:
    """Writes all changes or none, and returns a receipt for each, read back, in the order given.

    The same name and changes asked again, also after a crash, give the same receipts until `forget`.
    `fence` is called before the first swap, and may raise.
    Raises Conflict, PathRefused, WriteFailed, or what `fence` raises; the tree is then the old one.
    """
    return _applied(changes, policy=policy, book=_book(journal, files), name=name, fence=fence, of=None)


def compare(
    changes: Sequence[FileChange], *, policy: Policy, journal: Path, files: Files | None = None
) -> None:
    """Whether the tree is still the one these changes start from.

    Raises Conflict with all files that have changed, or that something else stands in the place of, and
    PathRefused and WriteFailed as `apply` does.
    """
    pairs = placed(changes, policy)
    book = _book(journal, files)
    with told("The change set"), book.locked():
        _refuse_overlap([target for target, _ in pairs], _settle(book))
        plan(book.files, pairs, name="comparison", seen=True)


def revert(
    changes: Sequence[FileChange],
    *,
    of: str,
    policy: Policy,
    journal: Path,
    name: str,
    fence: Callable[[], None],
    files: Files | None = None,
) -> tuple[Receipt, ...]:
    """Puts back what the apply named `of` wrote, and removes the folders it made where they are empty now.

    `changes` are those that were written, not those found unchanged. Raises as `apply`: Conflict names the
    files that changed since, also those that something else stands in the place of. What was put back once
    stays so: asked again it gives the same receipts, whatever became of the files.
    """
    book, back = _book(journal, files), invert(changes)
    return _applied(back, policy=policy, book=book, name=name, fence=fence, of=of)


def recover(journal: Path, *, files: Files | None = None) -> tuple[str, ...]:
    """Ends every apply that a crash cut short; called at start. Returns the names of those that resist."""
    book = _book(journal, files)
    with told("The journal"), book.locked():
        return tuple(entry.name for entry in _settle(book))


def forget(journal: Path, name: str, *, files: Files | None = None) -> None:
    """Drops what the journal knows of a finished apply, once nothing of it lies about. Raises WriteFailed."""
    book = _book(journal, files)
    with told("The journal"), book.locked():
        _settle(book)
        if book.state(name) is State.KEPT:
            book.remove(name)


def _book(journal: Path, files: Files | None) -> Journal:
    return Journal(journal, files or DiskFiles())


def _applied(
    changes: Sequence[FileChange],
    *,
    policy: Policy,
    book: Journal,
    name: str,
    fence: Callable[[], None],
    of: str | None,
) -> tuple[Receipt, ...]:
    """An apply, or the revert of the one named `of`."""
    pairs = placed(changes, policy)
    with told("The change set"), book.locked():
        _refuse_overlap([target for target, _ in pairs], _settle(book))
        finished = book.finished(name)
        if finished and finished.digest == digest(changes):
            return tuple(map(_receipt, finished.files)) if of else _still_there(book.files, finished)
        undone = book.finished(of) if of else None
        prune = undone.made if undone else ()
        entry, works = plan(book.files, pairs, name=name, prune=prune, seen=of is not None)
        if finished:
            sweep(book, finished)
            book.remove(name)
        if works or prune:
            return _carry_out(book, entry, works, fence)
        return _receipts(book.files, entry)


def _carry_out(
    book: Journal, entry: Entry, works: tuple[Work, ...], fence: Callable[[], None]
) -> tuple[Receipt, ...]:
    try:
        for root in {planned.folder.root for planned in entry.writes}:
            book.files.make_root(Path(root))
        book.write(entry)
        make_folders(book.files, entry.made)
        stage(book.files, works)
        save(book.files, works)
        still_fits(book.files, works)
        fence()
        swap(book.files, works)
        sync_folders(book.files, entry)
        receipts = _receipts(book.files, entry)
        book.move(entry.name, State.DONE)
    except BaseException as error:
        _put_back(book, entry, error)
        raise
    with contextlib.suppress(OSError, PathRefused):
        sweep(book, entry)
    return receipts


def _put_back(book: Journal, entry: Entry, cause: BaseException) -> None:
    try:
        roll_back(book, entry)
    except (OSError, PathRefused) as second:
        detail = f"{sentence(cause)} The old files are not all back yet: {sentence(second)} Recovery goes on."
        raise WriteFailed(detail, pending=True) from cause


def _settle(book: Journal) -> tuple[Entry, ...]:
    """Rolls back what dead applies left open and clears up after finished ones; returns what resists."""
    stuck: list[Entry] = []
    for entry in tuple(book.entries(State.OPEN)):
        try:
            roll_back(book, entry)
        except (OSError, PathRefused):
            stuck.append(entry)
    for entry in tuple(book.entries(State.DONE)):
        with contextlib.suppress(OSError, PathRefused):
            sweep(book, entry)
    return tuple(stuck)


def _refuse_overlap(targets: Sequence[TargetPath], stuck: tuple[Entry, ...]) -> None:
    waiting = {planned.location for entry in stuck for planned in entry.writes}
    if any(target.location in waiting for target in targets):
        detail = "An earlier write to the same files was cut short and cannot be undone yet."
        raise WriteFailed(detail, pending=True)


def _receipts(files: Files, entry: Entry) -> tuple[Receipt, ...]:
    """Every file read back. Raises Conflict with those that hold other bytes than they should."""
    hashes: dict[str, str | None] = {}
    for place, group in by_folder(entry.files):
        hashes |= _read_back(files, place, group)
    moved = tuple(planned.path for planned in entry.files if hashes[planned.path] != planned.after)
    if moved:
        raise Conflict(moved)
    return tuple(map(_receipt, entry.files))


def _still_there(files: Files, finished: Entry) -> tuple[Receipt, ...]:
    """The receipts of an apply that was finished before. Raises Conflict where a file has changed since."""
    try:
        return _receipts(files, finished)
    except Conflict as moved:
        kept = tuple(_receipt(planned) for planned in finished.files if planned.path not in moved.paths)
        raise Conflict(moved.paths, written=kept) from moved


def _read_back(files: Files, place: Place, group: Sequence[Planned]) -> dict[str, str | None]:
    try:
        with opened(files, place) as folder:
            return {
                planned.path: found_hash(files.read(folder, planned.file, planned.limit)) for planned in group
            }
    except FileNotFoundError:
        return {planned.path: None for planned in group}
    except PathRefused as refused:
        if not refused.names_nothing:
            raise
        return {planned.path: None for planned in group}


def _receipt(planned: Planned) -> Receipt:
    done = "created" if planned.before is None else "modified" if planned.after is not None else "deleted"
    return Receipt(
        path=planned.path,
        action=done if planned.write else "unchanged",
        sha256=planned.after or "",
        size=planned.size,
        disposition=Disposition.WRITTEN if planned.write else Disposition.UNCHANGED,
    )
