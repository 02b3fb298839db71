"""Folders that a hostile program may have filled: walked without recursion, measured, given away, removed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

LEAST_BYTES = 4096


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below, folders before what they hold; no link is followed, what is gone is passed.

    Raises OSError for a folder that may not be read or lies too deep for a path.
    """
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(waiting.pop()) as found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def weighs_more(folder: Path, at_most: int) -> bool:
    """Whether the folder holds more than so many bytes of disk; looks no further once it does.

    An entry counts for a block at least, so that a million empty files are not nothing. Folders too deep to
    be looked at weigh more than anything; one that may not be read weighs what it is itself.
    """
    total = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    total += _bytes(entry)
                    if total > at_most:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return True
    return False


def give(folder: Path, owner: int) -> None:
    """Makes `owner` the user and group of the folder and all below."""
    os.chown(folder, owner, owner)
    for entry in entries(folder):
        os.lchown(entry.path, owner, owner)


def remove(folder: Path) -> None:
    """Deletes the folder whatever its depth and permissions, once nobody is left who could change it.

    Every folder inside is emptied of folders first, by moving those to the top: no path ever grows long.
    Raises OSError.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        here.chmod(stat.S_IRWXU)
        for inside in list(here.iterdir()):
            if inside.is_symlink() or not inside.is_dir():
                inside.unlink()
                continue
            inside.chmod(stat.S_IRWXU)
            waiting.append(inside.rename(folder / uuid4().hex))
        if here != folder:
            here.rmdir()
    folder.rmdir()


def _bytes(entry: os.DirEntry[str]) -> int:
    try:
        return max(LEAST_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
    except OSError:
        return LEAST_BYTES
