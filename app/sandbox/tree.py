"""A running process tree as /proc shows it: who belongs to it and how much memory it holds."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_KILLED = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """Processes of a tree, each counted with its threads, and the bytes of memory they hold together."""

    tasks: int
    memory_bytes: int


def members(root: int) -> Iterator[tuple[int, int]]:
    """`root` and all below it: each process's id and how many threads it has.

    Inside a pid namespace nobody leaves the tree: an orphan is given to the namespace's first process.
    """
    waiting = [root]
    for pid in waiting:
        threads = _threads(pid)
        yield pid, len(threads)
        waiting.extend(_children(threads))


def load(root: int, *, at_most: int, memory_bytes: int) -> Load:
    """What the tree weighs; looks no further past `at_most` tasks.

    Shared pages are counted once where the quick sum exceeds `memory_bytes`.
    """
    tasks = memory = 0
    pids = []
    for pid, threads in members(root):
        pids.append(pid)
        tasks += threads
        memory += _resident(pid)
        if tasks > at_most:
            return Load(tasks, memory)
    if memory > memory_bytes:
        memory = sum(map(_proportional, pids))
    return Load(tasks, memory)


def kill(root: int) -> None:
    """Ends a running tree: `root` and everyone found below it."""
    for pid, _ in tuple(islice(members(root), MOST_KILLED)):
        _kill(pid)


def kill_children(parent: int) -> bool:
    """Ends the direct children of a process; whether there were any."""
    children = _children(_threads(parent))
    for pid in children:
        _kill(pid)
    return bool(children)


def kill_group(leader: int) -> None:
    """Ends what is left of a process group, whether its leader still lives or not."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _children(threads: list[Path]) -> list[int]:
    return [int(child) for thread in threads for child in _text(thread / "children").split()]


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _resident(pid: int) -> int:
    fields = _text(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * PAGE if fields else 0


def _proportional(pid: int) -> int:
    for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
