"""The private copy a task's checks run over: the workspace with the change set applied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from app.domain import FileChange
from app.sandbox.bwrap import SYSTEM, Mount
from app.sandbox.folder import entries, give
from app.sandbox.limits import MIB, Limits


class CopyRefused(Exception):
    """No honest copy can be made; the message says why."""


def make_copy(
    workspace: Path,
    roots: Sequence[Path],
    changes: Iterable[FileChange],
    into: Path,
    *,
    limits: Limits,
    owner: int | None = None,
) -> tuple[Mount, ...]:
    """Builds the copy below the empty folder `into` and says where its parts stand in the cage.

    The workspace stands at its own place. A changed file elsewhere, named by its absolute path, stands at
    its place too, in a folder that holds nothing but the changed files of its allowed root. `owner` is given
    everything, for a cage with a user of its own. Raises CopyRefused.
    """
    home = into / "workspace"
    _copy_tree(workspace, home, limits)
    mounts = {workspace: Mount(home, workspace, writable=True)}
    for change in changes:
        place = Path(os.path.normpath(workspace / change.path))
        base = _base(place, (workspace, *roots))
        mount = mounts.setdefault(base, Mount(into / f"root-{len(mounts)}", base, writable=True))
        _put(mount.source, PurePosixPath(place.relative_to(base)), change.after)
    if owner is not None:
        give(into, owner)
    return tuple(mounts.values())


def _base(place: Path, bases: Sequence[Path]) -> Path:
    """The innermost base a changed file lies under, where that may be covered by a folder of ours."""
    inside = [base for base in bases if place.is_relative_to(base) and place != base]
    if not inside:
        raise CopyRefused(f"{place} lies outside the workspace and the allowed roots")
    base = max(inside, key=lambda base: len(base.parts))
    if any(
        Path(system).is_relative_to(base) or base.is_relative_to(system)
        for system in (*SYSTEM, "/dev", "/proc")
    ):
        raise CopyRefused(f"{place} cannot be shown in the sandbox: {base} holds the system itself")
    return base


def _copy_tree(source: Path, target: Path, limits: Limits) -> None:
    target.mkdir(parents=True)
    size = 0
    for count, entry in enumerate(entries(source), 1):
        with suppress(FileNotFoundError):  # what another task has just removed
            size += entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else 0
            _within(count, size, limits)
            _copy_entry(entry, target / Path(entry.path).relative_to(source))


def _within(files: int, size: int, limits: Limits) -> None:
    if files > limits.copied_files or size > limits.copied_bytes:
        raise CopyRefused(
            f"the workspace holds more than {limits.copied_files} files or "
            f"{limits.copied_bytes // MIB} MiB, the most that is copied for checks"
        )


def _copy_entry(entry: os.DirEntry[str], target: Path) -> None:
    """Folders, files and links; a socket, pipe or device has no place in a copy."""
    if entry.is_symlink():
        target.symlink_to(os.readlink(entry.path))  # noqa: PTH115 -- a DirEntry
    elif entry.is_dir(follow_symlinks=False):
        target.mkdir()
    elif entry.is_file(follow_symlinks=False):
        shutil.copy2(entry.path, target, follow_symlinks=False)


def _put(base: Path, relative: PurePosixPath, data: bytes | None) -> None:
    """Writes or removes one changed file; a link on the way is refused, a link in its place is replaced."""
    folder = base
    folder.mkdir(exist_ok=True)
    for part in relative.parts[:-1]:
        folder /= part
        if folder.is_symlink():
            raise CopyRefused(f"{relative} goes through the symbolic link {part}")
        folder.mkdir(exist_ok=True)
    target = folder / relative.name
    if target.is_symlink() or data is None:
        target.unlink(missing_ok=True)
    if data is not None:
        target.write_bytes(data)
