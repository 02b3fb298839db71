"""Folders that a hostile program may have filled: walked without recursion, measured, given away, removed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LEAST_BYTES = 4096
REMOVE_S = 120.0


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below, folders before what they hold; no link is followed, what cannot be read is passed."""
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def size(folder: Path) -> int:
    """Bytes on disk; an entry counts for a block at least, so that a million empty files are not nothing."""
    return sum(_bytes(entry) for entry in entries(folder))


def give(folder: Path, owner: int) -> None:
    """Makes `owner` the user and group of the folder and all below."""
    os.chown(folder, owner, owner)
    for entry in entries(folder):
        os.lchown(entry.path, owner, owner)


def remove(folder: Path) -> None:
    """Deletes the folder whatever its permissions; the system's tools manage any depth."""
    for command in (("chmod", "-R", "u+rwX"), ("rm", "-rf")):
        words = (*command, "--", folder)
        subprocess.run(words, capture_output=True, timeout=REMOVE_S, check=False)  # noqa: S603 -- our words


def _bytes(entry: os.DirEntry[str]) -> int:
    try:
        return max(LEAST_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
    except OSError:
        return LEAST_BYTES
