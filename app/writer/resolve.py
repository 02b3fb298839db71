"""Opens a folder beneath a root without ever following a link or leaving the root.

`openat2` lets the kernel hold that promise in one call; where it is missing, the names are walked one by one,
each opened relative to the one before and never through a link.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.writer.errors import PathRefused

OpenBeneath = Callable[[int, Sequence[str], int], int]

_NR_OPENAT2 = {"x86_64": 437, "aarch64": 437, "riscv64": 437, "ppc64le": 437, "s390x": 437}
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_RACES = 100


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A folder: `parts` lead there from `root`, an absolute path without links."""

    root: str
    parts: tuple[str, ...] = ()

    @property
    def above(self) -> Place:
        return Place(self.root, self.parts[:-1])

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def full(self) -> tuple[str, ...]:
        """All names from the top of the machine."""
        return (*Path(self.root).parts, *self.parts)

    def __str__(self) -> str:
        return str(Path(*self.full))


def open_folder(place: Place, way: OpenBeneath) -> int:
    """A descriptor of the folder; the caller closes it.

    Raises PathRefused where a link or a file stands in the way, FileNotFoundError and other OSErrors.
    """
    top = os.open(place.root, _FOLDER)
    if not place.parts:
        return top
    try:
        return way(top, place.parts, _FOLDER)
    except OSError as error:
        raise _refusal(error, place) or error from None
    finally:
        os.close(top)


def beneath() -> OpenBeneath:
    """The way this machine opens names beneath a descriptor."""
    return by_kernel if kernel_resolves() else by_walk


def by_kernel(top: int, parts: Sequence[str], flags: int) -> int:
    """Opens `parts` with one `openat2`. Raises OSError."""
    path = "/".join(parts).encode()
    if b"\x00" in path:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    how = _OpenHow(flags, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    for _ in range(_RACES):
        opened = _syscall(_NR_OPENAT2[platform.machine()], top, path, ctypes.byref(how), ctypes.sizeof(how))
        if opened >= 0:
            return int(opened)
        number = ctypes.get_errno()
        if number not in (errno.EAGAIN, errno.EINTR):
            break
    raise OSError(number, os.strerror(number), path.decode())


def by_walk(top: int, parts: Sequence[str], flags: int) -> int:
    """Opens `parts` name by name. Raises OSError."""
    here = os.dup(top)
    try:
        for name in parts[:-1]:
            below = _open_name(name, _FOLDER, here)
            os.close(here)
            here = below
        return _open_name(parts[-1], flags | os.O_NOFOLLOW, here)
    finally:
        os.close(here)


@functools.cache
def kernel_resolves() -> bool:
    """True where the kernel knows `openat2` and no filter forbids it; asked once."""
    if platform.system() != "Linux" or platform.machine() not in _NR_OPENAT2:
        return False
    top = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(by_kernel(top, (".",), _FOLDER))
    except OSError:
        return False
    finally:
        os.close(top)
    return True


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def _open_name(name: str, flags: int, folder: int) -> int:
    if name in ("", ".", "..") or "/" in name:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
    return os.open(name, flags, dir_fd=folder)


def _refusal(error: OSError, place: Place) -> PathRefused | None:
    path = str(place)
    if error.errno == errno.EXDEV:
        return PathRefused("path_traversal", f"`{path}` leads out of its root.", path)
    if error.errno == errno.ENAMETOOLONG:
        return PathRefused("path_too_long", f"`{path}` is too long for this disk.", path)
    if error.errno not in (errno.ELOOP, errno.ENOTDIR):
        return None
    on_the_way = (Path(place.root, *place.parts[:depth]) for depth in range(1, len(place.parts) + 1))
    linked = any(folder.is_symlink() for folder in on_the_way)
    if error.errno == errno.ELOOP or linked:
        return PathRefused(
            "path_symlink", f"A folder of `{path}` is a symbolic link; links are not followed.", path
        )
    return PathRefused("path_not_a_folder", f"A folder of `{path}` is a file.", path)
