"""Checks that mean harm: each is contained, each is named, and the service does not notice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from app.domain import CheckCommand
from app.sandbox import launch
from app.sandbox.bwrap import Bubblewrap, find
from app.sandbox.checks import SandboxedChecks
from app.sandbox.limits import MIB, Limits

pytestmark = pytest.mark.sandbox

LIMITS = Limits(
    memory_bytes=200 * MIB,
    processes=40,
    disk_bytes=64 * MIB,
    tmp_bytes=32 * MIB,
    file_bytes=48 * MIB,
    output_bytes=2 * MIB,
    kept_bytes=20_000,
)


@pytest.fixture(scope="module")
def walls() -> Bubblewrap:
    found = find()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@dataclass(frozen=True)
class Tried:
    ok: bool
    detail: str
    output: str


async def tried(walls: Bubblewrap, workspace: Path, run: str, timeout_s: int = 20) -> Tried:
    checks = SandboxedChecks(walls=walls, workspace=workspace, limits=LIMITS)
    (result,) = await checks((CheckCommand(name="harm", run=run, timeout_s=timeout_s),), (), "check-1")
    return Tried(result.ok, result.detail, result.output)


def python(script: str) -> str:
    return f"python - <<'END'\n{script}\nEND"


ENDLESS = {
    "ignores SIGTERM": ("trap '' TERM INT HUP; while :; do sleep 1; done", "timeout"),
    "detaches and stays": ("setsid sh -c 'trap \"\" TERM; sleep 500' & sleep 500", "timeout"),
    "spins": ("while :; do :; done", "timeout"),
    "prints without end": ("yes", "output limit"),
    "prints to both ends": ("yes >&2 & yes", "output limit"),
    "allocates piece by piece": (
        python("held = []\nwhile True: held.append(bytearray(b'x') * (1 << 20))"),
        "memory limit",
    ),
    "allocates in many processes": (
        "for i in 1 2 3 4 5; do python -c 'import time; x = b\"x\" * (60 << 20); time.sleep(9)' & done; wait",
        "memory limit",
    ),
    "allocates at once": (python("held = bytearray(1 << 36)"), "memory limit"),
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
    assert left_over() == []


OUT_OF_REACH = {
    "/etc": "echo x > /etc/jr-was-here",
    "/usr": "echo x > /usr/jr-was-here",
    "the root": "echo x > /jr-was-here",
    "a device": "echo x > /dev/jr-was-here",
    "the kernel's settings": "cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern",
    "the machine's switch": "echo h > /proc/sysrq-trigger",
    "its parent folder": "echo x > ../jr-was-here/x || echo x >> ../other/secret.txt",
    "another task's file": "cat {other}/secret.txt",
    "another task's folder": "echo x > {other}/jr-was-here",
    "the database": "cat {database}",
    "the service's code": "echo x >> {code}",
    "the interpreter": "echo x >> {interpreter}",
    "the service's process": "kill -9 {pid}",
    "a mount": "mount -t tmpfs none /mnt || mount -o remount,rw /usr",
    "a namespace to be root in": "unshare --user --map-root-user true",
    "memory of nobody": python("import os\nos.memfd_create('held')"),
    "the network": python("import socket\nsocket.create_connection(('198.51.100.1', 80), timeout=3)"),
    "the service's port": python("import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=3)"),
    "names of the network": python("import socket\nsocket.getaddrinfo('example.org', 80)"),
    "other users": python("import os\nos.setuid(0)"),
    "the home of root": "ls /root/.ssh /home/*",
}


@dataclass(frozen=True)
class Outside:
    """What another task and the service have beside the workspace of the check."""

    folder: Path

    def lay(self) -> None:
        (self.folder / "other").mkdir()
        (self.folder / "other" / "secret.txt").write_text("secret-of-another")
        (self.folder / "jr.db").write_text("secret-of-the-database")
        (self.folder / "workspace").mkdir()

    def seen(self) -> dict[str, str]:
        files = {str(path): path.read_text() for path in self.folder.rglob("*") if path.is_file()}
        strays = (Path(folder, "jr-was-here") for folder in ("/etc", "/usr", "/", "/dev"))
        return files | {str(stray): "" for stray in strays if stray.exists()}

    def names(self, port: int) -> dict[str, str]:
        return {
            "{other}": str(self.folder / "other"),
            "{database}": str(self.folder / "jr.db"),
            "{code}": launch.__file__,
            "{interpreter}": str(Path(sys.executable).resolve()),
            "{pid}": str(os.getpid()),
            "{port}": str(port),
        }


@pytest.mark.parametrize("place", OUT_OF_REACH)
async def test_what_is_outside_is_out_of_reach(walls: Bubblewrap, tmp_path: Path, place: str):
    outside = Outside(tmp_path)
    outside.lay()
    before = outside.seen()
    run = OUT_OF_REACH[place]
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        for name, value in outside.names(server.sockets[0].getsockname()[1]).items():
            run = run.replace(name, value)
        result = await tried(walls, tmp_path / "workspace", run)
    assert not result.ok, result
    assert "secret-of" not in result.output
    assert outside.seen() == before


async def test_a_check_sees_only_its_own_processes(walls: Bubblewrap, tmp_path: Path):
    result = await tried(walls, tmp_path / "workspace", "ls -d /proc/[0-9]* | wc -l")
    assert int(result.output) < 8


async def test_no_descriptor_of_the_service_is_open_inside(walls: Bubblewrap, tmp_path: Path):
    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        result = await tried(walls, tmp_path / "workspace", "ls -l /proc/self/fd")
    assert str(tmp_path / "open") not in result.output
    assert result.output.count(" -> ") <= 4


async def test_no_power_is_left_inside(walls: Bubblewrap, tmp_path: Path):
    result = await tried(
        walls, tmp_path / "workspace", "id -u; grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status"
    )
    user, *lines = result.output.splitlines()
    assert int(user) != 0
    assert [line.split()[1] for line in lines] == ["0" * 16, "0" * 16, "1"]


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
    await asyncio.gather(*(tried(walls, tmp_path / "workspace", "yes") for _ in range(4)))
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


def left_over() -> list[str]:
    """Copies that were not thrown away."""
    return [path.name for path in Path("/tmp").glob("jr-check-*")]
