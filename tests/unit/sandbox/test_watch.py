"""The watch over a tree, where looking at it takes long."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from app.sandbox import machine
from app.sandbox.limits import Limits
from app.sandbox.output import Output
from app.sandbox.watch import watch


async def watched_slowly(limits: Limits, printed: bytes = b"") -> str | None:
    """What the watch says of a tree, and a folder, that nobody can look at to the end."""
    over = threading.Event()
    output = Output(100)
    output.add(printed)
    process = await asyncio.create_subprocess_exec("sleep", "60")
    with pytest.MonkeyPatch.context() as patch:
        for look in ("tree.load", "folder.weighs_more"):
            patch.setattr(f"app.sandbox.watch.{look}", lambda *_, **__: over.wait())
        try:
            return await watch(process, output, limits, Path("/"))
        finally:
            over.set()
            process.kill()
            await process.wait()


async def test_a_tree_that_is_slow_to_look_at_gains_no_time_and_nobody_waits_for_it():
    assert await watched_slowly(Limits(wall_s=0.3)) == "timeout"


async def test_a_tree_that_is_slow_to_look_at_prints_no_more_than_others():
    assert await watched_slowly(Limits(output_bytes=10), b"more than ten bytes") == "output_limit"


def test_what_is_left_of_memory_is_a_fraction_of_all(tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal: 4000 kB\nMemFree: 1 kB\nMemAvailable: 1000 kB\n")
    assert machine.spare_memory(tmp_path / "meminfo") == 0.25
    assert 0 < machine.spare_memory() <= 1


def test_a_kernel_that_does_not_say_has_all_of_its_memory_left(tmp_path: Path):
    assert machine.spare_memory(tmp_path / "none") == 1.0
    (tmp_path / "meminfo").write_text("MemTotal: 4000 kB\n")
    assert machine.spare_memory(tmp_path / "meminfo") == 1.0


def test_what_is_left_of_a_disk_is_in_bytes(tmp_path: Path):
    assert machine.spare_disk(tmp_path) == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
