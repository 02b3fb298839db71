"""A running process tree as /proc shows it: who belongs to it and how much memory it holds."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Load:
    """Processes of a tree, each counted with its threads, and the bytes of memory they hold together."""

    tasks: int
    memory_bytes: int


def members(root: int, *, at_most: int) -> list[int]:
    """The process ids of `root` and all below it; stops one past `at_most`.

    Inside a pid namespace nobody leaves the tree: an orphan is given to the namespace's first process.
    """
    found = [root]
    for pid in found:
        if len(found) > at_most:
            break
        found.extend(_children(pid))
    return found[: at_most + 1]


def load(root: int, *, at_most: int, memory_bytes: int) -> Load:
    """What the tree weighs; shared pages are counted once where the quick sum exceeds `memory_bytes`."""
    pids = members(root, at_most=at_most)
    memory = sum(map(_resident, pids))
    if memory > memory_bytes:
        memory = sum(map(_proportional, pids))
    return Load(sum(len(_threads(pid)) for pid in pids), memory)


def kill(root: int) -> None:
    """Ends a running tree: `root`, everyone found below it, and what is left of the group it leads."""
    for pid in members(root, at_most=10_000):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    kill_group(root)


def kill_group(leader: int) -> None:
    """Ends what is left of a process group, whether its leader still lives or not."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    return [int(child) for thread in _threads(pid) for child in _text(thread / "children").split()]


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
