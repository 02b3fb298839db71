"""The same walls for a service that is not root."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from app.sandbox.bwrap import find

pytestmark = pytest.mark.sandbox

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = r"""
import asyncio, os, sys, tempfile
from pathlib import Path
from app.domain import CheckCommand, Content, FileChange
from app.sandbox.bwrap import find
from app.sandbox.checks import SandboxedChecks
from app.sandbox.limits import MIB, Limits

RUNS = {
    "works": "python3 made.py && cat kept && touch new",
    "etc": "echo x > /etc/passwd",
    "settings": "cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern",
    "namespace": "unshare --user true",
    "host": "python3 -c 'import socket; socket.socket(socket.AF_VSOCK).connect((2, 1024))'",
    "tracing": "python3 -c 'import ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0'",
    "killing": "kill -9 -1",
    "network": "python3 -c \"import socket; socket.create_connection(('198.51.100.1', 80), 3)\"",
    "bomb": "bomb() { bomb | bomb & }; bomb; sleep 60",
    "memory": "python3 -c \"x = []\nwhile True: x.append(bytearray(b'x') * (1 << 20))\"",
    "deaf": "trap '' TERM; while :; do sleep 1; done",
}


async def main():
    walls = find()
    assert not isinstance(walls, str), walls
    assert os.geteuid() != 0 and not walls.as_root
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kept").write_text("kept\n")
        limits = Limits(memory_bytes=200 * MIB, processes=40)
        checks = SandboxedChecks(walls=walls, workspace=Path(folder), limits=limits)
        commands = tuple(CheckCommand(name=name, run=run, timeout_s=3) for name, run in RUNS.items())
        change = FileChange(path="made.py", before=None, after=b"print('made')\n", content=Content.GENERATE)
        for result in await checks(commands, (change,), "check-1"):
            print(result.name, result.ok, result.detail.split(" in ")[0].split(";")[0], sep="|")
        assert os.listdir(folder) == ["kept"]


asyncio.run(main())
"""


def interpreter_for_others() -> str | None:
    """A Python that a user other than root can run, with the versions Jr runs on."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        asks = "import sys; sys.exit(sys.version_info < (3, 11))"
        with suppress(PermissionError, FileNotFoundError):
            done = subprocess.run(
                [candidate, "-c", asks], user=NOBODY, group=NOBODY, extra_groups=[], check=False
            )
            if done.returncode == 0:
                return candidate
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="every other sandbox test runs as an ordinary user already")
def test_an_ordinary_user_s_cage_holds_the_same(tmp_path: Path):
    found = find()
    if isinstance(found, str):
        pytest.skip(found)
    python = interpreter_for_others()
    if python is None or not os.access(ROOT, os.R_OK):
        pytest.skip("no Python here that another user may run")
    done = subprocess.run(
        [python, "-B", "-c", SCRIPT],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ends = dict(line.split("|", 1) for line in done.stdout.splitlines())
    assert ends.pop("works") == "True|exit code 0"
    assert "process limit" in ends.pop("bomb")
    assert ends.pop("memory").startswith("False|memory limit")
    assert ends.pop("deaf").startswith("False|timeout")
    assert set(ends) == {"etc", "settings", "namespace", "host", "tracing", "killing", "network"}
    assert all(end.startswith("False|exit code") for end in ends.values())
