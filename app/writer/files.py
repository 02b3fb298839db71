"""The few calls through which the writer touches a disk, so that a test can make any one of them fail.

Folders and files are descriptors; names are single names in a folder, never paths.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app import trigger
from app.writer.errors import PathRefused
from app.writer.resolve import OpenBeneath, Place, beneath, open_folder


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is on disk: its bytes up to the limit asked for, permission bits and owner."""

    data: bytes
    mode: int
    owner: tuple[int, int]


class Files(Protocol):
    """A disk. Every call raises OSError where the disk refuses."""

    def lock(self, journal: Path) -> AbstractContextManager[None]:
        """Makes the journal's folder if need be and holds its lock; waits for another holder."""

    def make_root(self, root: Path) -> None:
        """Makes a root folder and those above it, durably; nothing where it exists."""

    def open_folder(self, place: Place) -> int:
        """A folder beneath its root, no link followed. Raises PathRefused."""

    def close(self, descriptor: int) -> None: ...

    def names(self, folder: int) -> list[str]: ...

    def read(self, folder: int, name: str, limit: int) -> Found | None:
        """At most `limit` bytes; None where there is no file. Raises PathRefused on what is no plain file."""

    def make_folder(self, folder: int, name: str) -> None: ...

    def create(self, folder: int, name: str, mode: int) -> int:
        """A new file to write to; `mode` is cut by the umask. Raises FileExistsError."""

    def write(self, file: int, data: bytes) -> None: ...

    def dress(self, file: int, like: Found) -> None:
        """Gives the file the permission bits, and where allowed the owner, of another."""

    def sync(self, descriptor: int) -> None:
        """Makes a file's bytes, or a folder's names, survive a loss of power."""

    def link(self, folder: int, name: str, second: str) -> None: ...

    def rename(self, folder: int, name: str, to: str) -> None: ...

    def unlink(self, folder: int, name: str) -> None: ...

    def remove_folder(self, folder: int, name: str) -> None: ...


@dataclass
class DiskFiles:
    """The real disk; `way` opens folders beneath a root, by default as this machine does it best."""

    way: OpenBeneath = field(default_factory=beneath)

    @contextlib.contextmanager
    def lock(self, journal: Path) -> Iterator[None]:
        self.make_root(journal)
        held = os.open(journal / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            _let_go(held)

    def make_root(self, root: Path) -> None:
        if root.is_dir():
            return
        self.make_root(root.parent)
        with contextlib.suppress(FileExistsError):
            root.mkdir(mode=0o755)
        above = os.open(root.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(above)
        finally:
            os.close(above)

    def open_folder(self, place: Place) -> int:
        return open_folder(place, self.way)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def names(self, folder: int) -> list[str]:
        return sorted(os.listdir(folder))

    def read(self, folder: int, name: str, limit: int) -> Found | None:
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _not_a_file(error, name) or error from None
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise PathRefused("path_not_a_file", f"`{name}` is a folder or a device.", name)
            data = _read(file, limit)
        finally:
            os.close(file)
        return Found(data, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))

    def make_folder(self, folder: int, name: str) -> None:
        os.mkdir(name, 0o755, dir_fd=folder)

    def create(self, folder: int, name: str, mode: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, mode, dir_fd=folder)

    def write(self, file: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]

    def dress(self, file: int, like: Found) -> None:
        status = os.fstat(file)
        if (status.st_uid, status.st_gid) != like.owner:
            with contextlib.suppress(PermissionError):
                os.fchown(file, *like.owner)
        os.fchmod(file, like.mode & 0o777)

    def sync(self, descriptor: int) -> None:
        trigger.point("writer.sync")
        os.fsync(descriptor)
        trigger.point("writer.synced")

    def link(self, folder: int, name: str, second: str) -> None:
        os.link(name, second, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)

    def rename(self, folder: int, name: str, to: str) -> None:
        trigger.point("writer.rename")
        os.rename(name, to, src_dir_fd=folder, dst_dir_fd=folder)
        trigger.point("writer.renamed")

    def unlink(self, folder: int, name: str) -> None:
        os.unlink(name, dir_fd=folder)

    def remove_folder(self, folder: int, name: str) -> None:
        os.rmdir(name, dir_fd=folder)


@contextlib.contextmanager
def opened(files: Files, place: Place) -> Iterator[int]:
    """A folder, closed again at the end."""
    folder = files.open_folder(place)
    try:
        yield folder
    finally:
        files.close(folder)


def _let_go(lock: int) -> None:
    """What was done under the lock stands, whatever the disk says of its release."""
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_UN)
    with contextlib.suppress(OSError):
        os.close(lock)


def _read(file: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    while limit > 0 and (chunk := os.read(file, min(limit, 1 << 20))):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def _not_a_file(error: OSError, name: str) -> PathRefused | None:
    if error.errno == errno.ELOOP:
        return PathRefused("path_symlink", f"`{name}` is a symbolic link; links are not followed.", name)
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return PathRefused("path_not_a_file", f"`{name}` is a socket or a device.", name)
    if error.errno == errno.ENAMETOOLONG:
        return PathRefused("path_too_long", f"`{name}` is too long for this disk.", name)
    return None
