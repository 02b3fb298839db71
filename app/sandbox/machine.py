"""What the machine has left, whoever uses it up."""

from __future__ import annotations

import os
from pathlib import Path

MEMORY = Path("/proc/meminfo")


def spare_memory(meminfo: Path = MEMORY) -> float:
    """The fraction of the memory that can still be had; 1.0 where the kernel does not say."""
    try:
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        return _kib(fields["MemAvailable"]) / _kib(fields["MemTotal"])
    except (OSError, KeyError, ValueError):
        return 1.0


def spare_disk(folder: Path) -> int:
    """The bytes that can still be written to the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _kib(field: str) -> int:
    return int(field.split(maxsplit=1)[0])
