"""A worker's name: on one machine the first free locked file, so that a restart takes the place again."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path


@contextmanager
def slot(database_file: Path) -> Iterator[str]:
    """`slot-0`, `slot-1`, …: held while inside, freed by the kernel however the process ends."""
    for number in count():
        handle = os.open(f"{database_file}.slot-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        try:
            yield f"slot-{number}"
        finally:
            os.close(handle)
        return


def machine_name(unique: str) -> str:
    """A name no other process of any machine has had."""
    return f"{socket.gethostname()}-{os.getpid()}-{unique}"
