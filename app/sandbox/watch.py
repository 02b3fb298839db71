"""The watch over a caged tree: which limit it breaks first, if any."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import Process
from pathlib import Path

from app.sandbox import folder, machine, tree
from app.sandbox.limits import Breach, Limits
from app.sandbox.output import Output

LOOK_S = 0.1
DISK_LOOK_S = 1.0


async def watch(process: Process, output: Output, limits: Limits, disk: Path | None) -> Breach | None:
    """Waits for the end or the first breach.

    Time, output and what the machine has left are looked at here, ten times a second; the tree and its
    folder, which it can make slow to look at, in threads.
    """
    deadline = time.monotonic() + limits.wall_s
    ended = asyncio.create_task(process.wait())
    looks = [asyncio.create_task(_overweight(process.pid, limits))]
    looks += [asyncio.create_task(_overfull(disk, limits))] if disk else []
    try:
        while not ended.done():
            left = max(0.0, deadline - time.monotonic())
            await asyncio.wait(
                {ended, *looks}, timeout=min(LOOK_S, left), return_when=asyncio.FIRST_COMPLETED
            )
            found = next((look.result() for look in looks if look.done()), None)
            if not ended.done() and (breach := found or _at_a_glance(output, limits, disk, deadline)):
                return breach
    finally:
        for waiting in (ended, *looks):
            waiting.cancel()
    return "output_limit" if output.seen > limits.output_bytes else None


def _at_a_glance(output: Output, limits: Limits, disk: Path | None, deadline: float) -> Breach | None:
    if output.seen > limits.output_bytes:
        return "output_limit"
    if machine.spare_memory() < limits.spare_memory:
        return "memory_short"
    if disk is not None and machine.spare_disk(disk) < limits.spare_disk_bytes:
        return "disk_short"
    return "timeout" if time.monotonic() >= deadline else None


async def _overweight(pid: int, limits: Limits) -> Breach:
    """Returns once the tree has too many processes or holds too much memory."""
    while True:
        held = await asyncio.to_thread(
            tree.load, pid, at_most=limits.processes, memory_bytes=limits.memory_bytes
        )
        if held.tasks > limits.processes:
            return "process_limit"
        if held.memory_bytes > limits.memory_bytes:
            return "memory_limit"
        await asyncio.sleep(LOOK_S)


async def _overfull(disk: Path, limits: Limits) -> Breach:
    """Returns once the folder holds too much."""
    while True:
        if await asyncio.to_thread(folder.weighs_more, disk, limits.disk_bytes):
            return "disk_limit"
        await asyncio.sleep(DISK_LOOK_S)
