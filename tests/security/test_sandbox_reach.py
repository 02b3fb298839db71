"""What a check may not reach: the machine, the network, other tasks, the service, its own walls."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.sandbox import launch
from app.sandbox.bwrap import Bubblewrap
from tests.security.cages import python, tried

pytestmark = pytest.mark.sandbox

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
    "memory of a dead segment": python(
        "import ctypes\nassert ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600) >= 0, 'no segment'"
    ),
    "the machine's host": python(
        "import socket\nsocket.socket(socket.AF_VSOCK).connect((socket.VMADDR_CID_HOST, 1024))"
    ),
    "a service's abstract socket": python(
        "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{abstract}')"
    ),
    "the first process's memory": python(
        "import ctypes\nassert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0, 'not traced'"
    ),
    "a higher limit": python(
        "import resource\nmost = resource.getrlimit(resource.RLIMIT_DATA)[1]\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (most + 1, most + 1))"
    ),
    "the kernel's choice": "echo 0 > /proc/self/oom_score_adj",
    "a device of its own": "mknod disk b 8 0",
    "a root of its own": "chroot . true",
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
    abstract = f"jr-{os.getpid()}"
    local = await asyncio.start_unix_server(lambda _, writer: writer.close(), f"\0{abstract}")
    async with server, local:
        names = outside.names(server.sockets[0].getsockname()[1]) | {"{abstract}": abstract}
        for name, value in names.items():
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
    assert result.ok, result
    assert str(tmp_path / "open") not in result.output
    assert result.output.count(" -> ") <= 4


async def test_no_power_is_left_inside(walls: Bubblewrap, tmp_path: Path):
    result = await tried(
        walls, tmp_path / "workspace", "id -u; grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status"
    )
    user, *lines = result.output.splitlines()
    assert int(user) != 0
    assert [line.split()[1] for line in lines] == ["0" * 16, "0" * 16, "1"]


async def test_the_kernel_ends_a_cage_before_the_service(walls: Bubblewrap, tmp_path: Path):
    result = await tried(walls, tmp_path / "workspace", "cat /proc/self/oom_score_adj")
    assert result.output == "1000\n"


async def test_what_the_service_is_told_on_its_input_is_not_heard_inside(walls: Bubblewrap, tmp_path: Path):
    kept = os.dup(0)
    read_end, write_end = os.pipe()
    os.write(write_end, b"secret-of-the-operator")
    os.close(write_end)
    os.dup2(read_end, 0)
    try:
        result = await tried(walls, tmp_path / "workspace", "cat")
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(read_end)
    assert (result.ok, result.output) == (True, "")
