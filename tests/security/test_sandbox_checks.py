"""Checks that mean harm: each is contained, each is named, and the service does not notice."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from app.sandbox.bwrap import Bubblewrap
from app.sandbox.limits import MIB, Limits
from tests.security.cages import LIMITS, python, tried

pytestmark = pytest.mark.sandbox

ENDLESS = {
    "ignores SIGTERM": ("trap '' TERM INT HUP; while :; do sleep 1; done", "timeout"),
    "detaches and stays": ("setsid sh -c 'trap \"\" TERM; sleep 500' & sleep 500", "timeout"),
    "spins": ("while :; do :; done", "timeout"),
    "prints without end": ("yes", "output limit"),
    "prints to both ends": ("yes >&2 & yes", "output limit"),
    "prints too much and ends well": ("head -c 3M /dev/zero", "output limit"),
    "allocates piece by piece": (
        python("held = []\nwhile True: held.append(bytearray(b'x') * (1 << 20))"),
        "memory limit",
    ),
    "allocates in many processes": (
        "for i in 1 2 3 4 5; do python -c 'import time; x = b\"x\" * (60 << 20); time.sleep(9)' & done; wait",
        "memory limit",
    ),
    "allocates at once": (python("held = bytearray(1 << 36)"), "memory limit"),
    "reserves what it never touches": (
        python("import mmap\nmmap.mmap(-1, 500 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)"),
        "memory limit",
    ),
    "forks without end": (python("import os\nwhile True: os.fork()"), "process limit"),
    "forks and sleeps": (
        python("import os, time\ntry:\n  while os.fork(): pass\nexcept OSError: pass\ntime.sleep(60)"),
        "process limit",
    ),
    "shell bomb": ("bomb() { bomb | bomb & }; bomb; sleep 60", "process limit"),
    "threads without end": (
        python("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()"),
        "process limit",
    ),
    "writes one big file": ("head -c 1G /dev/zero > big", "file size limit"),
    "writes many files": ("while :; do head -c 20M /dev/zero > $(mktemp ./XXXXXX); done", "disk limit"),
    "writes where no path leads": (
        python(
            "import os, time\nfor _ in range(30):\n  os.mkdir('d' * 200)\n  os.chdir('d' * 200)\n"
            "for name in '1234':\n  open(name, 'wb').write(bytes(20 << 20))\ntime.sleep(60)"
        ),
        "disk limit",
    ),
    "opens too many files": (
        python("held = [open('/dev/null') for _ in range(300)]"),
        "limit of open files",
    ),
    "fills /tmp": ("for i in 1 2 3; do head -c 30M /dev/zero > /tmp/$i || exit 9; done", "private /tmp"),
    "fills /dev/shm": (
        "for i in 1 2 3; do head -c 30M /dev/zero > /dev/shm/$i || exit 9; done",
        "private /tmp",
    ),
}


@pytest.mark.parametrize("harm", ENDLESS)
async def test_what_takes_without_end_is_ended_and_named(walls: Bubblewrap, tmp_path: Path, harm: str):
    run, named = ENDLESS[harm]
    before = service()
    result = await tried(walls, tmp_path / "workspace", run, timeout_s=3 if named == "timeout" else 20)
    assert not result.ok
    assert named in result.detail, result
    assert len(result.output) < 25_000
    assert service() == before


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (replace(LIMITS, spare_memory=1.0), "memory short: less than 100% of the machine's memory"),
        (replace(LIMITS, spare_disk_bytes=1 << 60), "disk short: less than"),
    ],
)
async def test_a_machine_that_runs_out_ends_what_no_look_could_blame(
    walls: Bubblewrap, tmp_path: Path, limits: Limits, named: str
):
    result = await tried(walls, tmp_path / "workspace", "sleep 60", limits=limits)
    assert not result.ok
    assert result.detail.startswith(named)


LEAVES = {
    "killed at its time": "setsid sleep 600 & sleep 600",
    "killed while it forks": python("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"),
    "ended before what it left": "(trap '' TERM HUP; setsid sh -c 'while :; do : > $$; done') & exit 0",
    "ended with a descriptor left open": "setsid sleep 600 > /dev/null 2>&1 & exit 0",
}


@pytest.mark.parametrize("leaves", LEAVES)
async def test_nobody_is_left_for_the_service_to_bury(walls: Bubblewrap, tmp_path: Path, leaves: str):
    with adopting_orphans():
        await tried(walls, tmp_path / "workspace", LEAVES[leaves], timeout_s=2)
        assert psutil.Process().children(recursive=True) == []


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Makes this process what a service without an init is in a container: the parent of every orphan."""
    adopt = partial(ctypes.CDLL(None).prctl, 36)
    adopt(1, 0, 0, 0)
    try:
        yield
    finally:
        adopt(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("run", "named"),
    [
        ("kill -9 $$", "exit code 137, killed by itself or by the kernel, out of memory"),
        ("kill -TERM $$", "exit code 143"),
        ("exit 3", "exit code 3"),
        ("yes | head -1", "exit code 0"),
    ],
)
async def test_an_end_is_told_as_a_shell_would(walls: Bubblewrap, tmp_path: Path, run: str, named: str):
    result = await tried(walls, tmp_path / "workspace", run)
    assert result.detail.split(" in ")[0] == named
    assert "Broken pipe" not in result.output


async def test_a_bomb_in_one_cage_is_not_felt_in_another(walls: Bubblewrap, tmp_path: Path):
    bomb = python("import os, time\ntry:\n  while os.fork(): pass\nexcept OSError: pass\ntime.sleep(60)")
    calm = "for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'sleep 0.05' || exit 1; done; echo calm"
    results = await asyncio.gather(
        *(tried(walls, tmp_path / f"bomb-{n}", bomb) for n in range(3)),
        *(tried(walls, tmp_path / f"calm-{n}", calm) for n in range(3)),
    )
    assert [result.ok for result in results] == [False] * 3 + [True] * 3
    assert {result.output for result in results[3:]} == {"calm\n"}


async def test_a_flood_of_output_does_not_grow_the_service(walls: Bubblewrap, tmp_path: Path):
    await tried(walls, tmp_path / "workspace", "yes")
    before = psutil.Process().memory_info().rss
    await asyncio.gather(*(tried(walls, tmp_path / f"workspace-{n}", "yes") for n in range(4)))
    assert psutil.Process().memory_info().rss - before < 16 * MIB


SERVICE = """
import asyncio, sys
from pathlib import Path
from app.domain import CheckCommand
from app.sandbox.bwrap import find
from app.sandbox.checks import SandboxedChecks

walls, mark = find(), sys.argv[1]
run = f"trap '' TERM HUP; setsid sleep {mark} & sleep {mark}"
checks = SandboxedChecks(walls=walls, workspace=Path("/nonexistent/jr"))
asyncio.run(checks((CheckCommand(name="c", run=run, timeout_s=60),), (), "k"))
"""


def test_a_service_that_is_killed_takes_its_cages_with_it(walls: Bubblewrap, tmp_path: Path):
    mark = f"7{os.getpid()}"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", SERVICE, mark], env=env) as running:
        until(lambda: len(sleepers(mark)) == 2)
        running.kill()
    until(lambda: sleepers(mark) == [])


def sleepers(mark: str) -> list[int]:
    named = psutil.process_iter(["cmdline"])
    return [process.pid for process in named if process.info["cmdline"] == ["sleep", mark]]


def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def service() -> tuple[str, int, int, int]:
    """What of this process a check might have changed: cwd, open files, where stdout goes, children."""
    own = psutil.Process()
    return (str(Path.cwd()), own.num_fds(), os.fstat(1).st_ino, len(own.children()))
