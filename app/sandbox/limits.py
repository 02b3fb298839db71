"""The limits a caged process tree lives under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MIB = 1024 * 1024

Breach = Literal[
    "timeout", "memory_limit", "process_limit", "output_limit", "disk_limit", "memory_short", "disk_short"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds; memory and processes are of the whole tree, where a thread
    counts as a process.

    `kept_bytes` of the output are kept, half from its head and half from its tail; past `output_bytes` the
    tree is killed. A workspace larger than `copied_files` or `copied_bytes` is not copied for its checks.
    Where the machine has less than `spare_memory` of its memory left, as a fraction, or the disk of the
    private copy less than `spare_disk_bytes`, the tree is killed whatever it holds itself: for what no look
    at a tree can see.
    """

    wall_s: float = 60.0
    memory_bytes: int = 1024 * MIB
    processes: int = 256
    disk_bytes: int = 512 * MIB
    tmp_bytes: int = 256 * MIB
    file_bytes: int = 256 * MIB
    open_files: int = 1024
    output_bytes: int = 16 * MIB
    kept_bytes: int = 256 * 1024
    copied_files: int = 20_000
    copied_bytes: int = 256 * MIB
    spare_memory: float = 1 / 16
    spare_disk_bytes: int = 1024 * MIB

    def of_each_process(self, *, own_user: bool) -> dict[str, int]:
        """Names and values for `setrlimit`, the floor under the watch over the whole tree.

        The kernel counts processes by user: that number means this tree only with `own_user`, a user of
        the cage's own.
        """
        limits = {
            "RLIMIT_DATA": 2 * self.memory_bytes,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }
        return {**limits, "RLIMIT_NPROC": self.processes + 2} if own_user else limits

    def sentence(self, breach: Breach) -> str:
        """What a person should know about a breach."""
        return {
            "timeout": f"still running after {self.wall_s:g} s",
            "memory_limit": f"more than {self.memory_bytes // MIB} MiB of memory in use",
            "process_limit": f"more than {self.processes} processes and threads at once",
            "output_limit": f"more than {self.output_bytes // MIB} MiB printed",
            "disk_limit": f"more than {self.disk_bytes // MIB} MiB in the private copy, or folders too deep",
            "memory_short": f"less than {self.spare_memory:.0%} of the machine's memory left",
            "disk_short": f"less than {self.spare_disk_bytes // MIB} MiB left on the private copy's disk",
        }[breach]


DEFAULT = Limits()
