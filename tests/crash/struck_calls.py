"""The system calls below the writer's disk, one of which fails, or at which the process dies."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from app.writer import resolve
from tests.crash.struck_files import Died

NAMES = (
    *("open", "read", "write", "fsync", "close", "stat", "fstat", "fchmod", "fchown", "link", "rename"),
    *("unlink", "mkdir", "rmdir", "listdir"),
)


@dataclass
class StruckCalls:
    """Strikes at this thread's system call number `at`, counted from 1 (0: never).

    `number` is the errno, None for death, after which nothing has an effect. `late`: the call has its effect
    before it fails. Syncs are counted but not done: no power is lost here.
    """

    at: int = 0
    number: int | None = errno.EIO
    late: bool = False
    calls: int = 0
    log: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def striking(self) -> Iterator[None]:
        """Inside, calls are struck; what a dead process had open is closed at the end."""
        thread, before = threading.get_ident(), _descriptors()
        with contextlib.ExitStack() as patches:
            for module, name in (*((os, name) for name in NAMES), (fcntl, "flock"), (resolve, "_syscall")):
                struck = self._struck(name, getattr(module, name), thread)
                patches.enter_context(mock.patch.object(module, name, struck))
            try:
                yield
            finally:
                patches.close()
                for descriptor in _descriptors() - before:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)

    def _struck(self, name: str, call: Callable[..., Any], thread: int) -> Callable[..., Any]:
        def struck(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != thread:
                return call(*args, **kwargs)
            self.calls += 1
            self.log.append(name)
            if self.at and self.number is None and self.calls > self.at:
                raise Died
            if self.calls != self.at:
                return None if name == "fsync" else call(*args, **kwargs)
            if self.late:
                call(*args, **kwargs)
            return self._fail(name)

        return struck

    def _fail(self, name: str) -> int:
        if self.number is None:
            raise Died
        if name == "_syscall":
            ctypes.set_errno(self.number)
            return -1
        raise OSError(self.number, os.strerror(self.number))


def _descriptors() -> set[int]:
    """Those open now; the one that the listing itself needed is closed by the time it is looked at."""
    return {int(entry.name) for entry in list(Path("/proc/self/fd").iterdir()) if entry.is_symlink()}
