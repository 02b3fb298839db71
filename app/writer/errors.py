"""What the writer raises: a path it will not write, a tree that moved, a disk that failed."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain import Receipt

_MEANING = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The disk quota is used up.",
    errno.EIO: "The disk reported an input/output error.",
    errno.EROFS: "The disk is mounted read-only.",
    errno.EACCES: "The service has no permission to write there.",
    errno.EPERM: "The system does not allow writing there.",
    errno.EMFILE: "Too many files are open.",
    errno.ENFILE: "Too many files are open.",
}


class WriterError(Exception):
    """Base of everything the writer raises on purpose; the tree is the old one when it is raised."""


@dataclass(eq=False)
class PathRefused(WriterError):
    """This path may not be written. `code` is for programs, `detail` a sentence for people."""

    code: str
    detail: str
    path: str = ""

    @property
    def names_nothing(self) -> bool:
        """A file stands where the path has a folder, so there is surely nothing at its end."""
        return self.code == "path_not_a_folder"

    def __str__(self) -> str:
        return self.detail


@dataclass(eq=False)
class Conflict(WriterError):
    """The named files hold neither the bytes the change set starts from nor those it leads to.

    `written`: the change set was applied before and its other files are still as these receipts say.
    """

    paths: tuple[str, ...]
    written: tuple[Receipt, ...] = ()

    def __str__(self) -> str:
        since = "wrote" if self.written else "read"
        return f"Changed on disk since the task {since} it: " + ", ".join(f"`{path}`" for path in self.paths)


@dataclass(eq=False)
class WriteFailed(WriterError):
    """The disk refused. `pending`: putting the old tree back failed too, and is left to recovery."""

    detail: str
    pending: bool = False

    def __str__(self) -> str:
        return self.detail


def sentence(error: BaseException) -> str:
    """What an error of the disk means to a person."""
    if isinstance(error, OSError):
        return _MEANING.get(error.errno or 0) or f"{(error.strerror or str(error)).capitalize()}."
    return str(error) or type(error).__name__


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Turns an OSError inside into a WriteFailed that says what could not be written."""
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"{what} cannot be written: {sentence(error)}") from error
