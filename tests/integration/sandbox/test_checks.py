"""A task's checks over a private copy, in the real sandbox."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain import CheckCommand, Content, FileChange
from app.sandbox.bwrap import Bubblewrap
from app.sandbox.checks import SandboxedChecks

pytestmark = pytest.mark.sandbox

ADD = "def add(a, b):\n    return a {} b\n"
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"


def made(path: str, text: str) -> FileChange:
    return FileChange(path=path, before=None, after=text.encode(), content=Content.GENERATE)


def check(run: str, name: str = "check", timeout_s: int = 60) -> CheckCommand:
    return CheckCommand(name=name, run=run, timeout_s=timeout_s)


@pytest.fixture
def checks(walls: Bubblewrap, tmp_path: Path) -> SandboxedChecks:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return SandboxedChecks(walls=walls, workspace=workspace, roots=(tmp_path / "root",), scratch=scratch)


async def test_the_tasks_own_pytest_fails_on_a_wrong_file_and_passes_on_the_right_one(
    checks: SandboxedChecks,
):
    pytest_run = (check("PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -q", "tests"),)
    wrong = await checks(
        pytest_run, (made("calc.py", ADD.format("-")), made("test_calc.py", TEST)), "check-1"
    )
    right = await checks(
        pytest_run, (made("calc.py", ADD.format("+")), made("test_calc.py", TEST)), "check-2"
    )
    assert (wrong[0].ok, right[0].ok) == (False, True)
    assert "assert -1 == 5" in wrong[0].output
    assert wrong[0].detail.startswith("exit code 1 in ")
    assert "1 passed" in right[0].output


async def test_nothing_outside_the_copy_changes_and_the_copy_is_thrown_away(checks: SandboxedChecks):
    (checks.workspace / "kept.txt").write_text("kept\n")
    result = await checks(
        (check("rm kept.txt; mkdir -p made/deep; echo x > made/deep/file; chmod 0 made; ls"),), (), "check-1"
    )
    assert result[0].output == "made\n"
    assert [path.name for path in checks.workspace.iterdir()] == ["kept.txt"]
    assert checks.scratch is not None
    assert list(checks.scratch.iterdir()) == []


async def test_checks_of_one_round_see_what_the_earlier_ones_made(checks: SandboxedChecks):
    results = await checks((check("echo built > out", "build"), check("cat out", "test")), (), "check-1")
    assert [(r.name, r.ok, r.output) for r in results] == [("build", True, ""), ("test", True, "built\n")]


async def test_the_next_round_starts_from_a_fresh_copy(checks: SandboxedChecks):
    await checks((check("echo built > out"),), (), "check-1")
    assert not (await checks((check("cat out"),), (), "check-2"))[0].ok


async def test_files_stand_at_their_own_places(checks: SandboxedChecks, tmp_path: Path):
    target = tmp_path / "root" / "deep" / "final.py"
    run = f"pwd; python {target}; python here.py"
    results = await checks(
        (check(run),), (made(str(target), "print('abs')\n"), made("here.py", "print(1)\n")), "k"
    )
    assert results[0].output == f"{checks.workspace}\nabs\n1\n"
    assert not target.exists()


async def test_the_service_s_environment_is_not_the_check_s(
    checks: SandboxedChecks, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JR_VLLM_API_KEY", "secret-key")
    results = await checks((check("env; cat /proc/*/environ"),), (), "k")
    assert "secret-key" not in results[0].output
    assert "HOME=/tmp" in results[0].output


async def test_loopback_and_subprocesses_work_inside(checks: SandboxedChecks):
    script = (
        "import socket, subprocess\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
        "print(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)\n"
    )
    assert (await checks((check("python s.py"),), (made("s.py", script),), "k"))[0].output == "hi\n\n"


async def test_a_copy_that_cannot_be_made_fails_every_check_with_the_reason(
    checks: SandboxedChecks, tmp_path: Path
):
    (checks.workspace / "away").symlink_to(tmp_path)
    results = await checks((check("true", "a"), check("true", "b")), (made("away/x", "x"),), "k")
    assert [(r.name, r.ok) for r in results] == [("a", False), ("b", False)]
    assert all("symbolic link" in r.detail for r in results)


async def test_ten_rounds_at_once_do_not_meet(walls: Bubblewrap, tmp_path: Path):
    def round_of(number: int) -> SandboxedChecks:
        workspace = tmp_path / f"task-{number}"
        workspace.mkdir()
        return SandboxedChecks(walls=walls, workspace=workspace, roots=(Path("/tmp"),))

    run = "cat mine /tmp/mine; echo x >> /tmp/log; echo x >> mine; sleep 0.3; cat /tmp/log mine | wc -l"
    rounds = await asyncio.gather(
        *(
            round_of(n)((check(run),), (made("mine", f"{n}\n"), made("/tmp/mine", f"abs {n}\n")), "k")
            for n in range(10)
        )
    )
    assert [results[0].output for results in rounds] == [f"{n}\nabs {n}\n3\n" for n in range(10)]


async def test_a_cancelled_round_leaves_no_process_and_no_copy(checks: SandboxedChecks):
    mark = f"sleep 9{os.getpid()}"
    running = asyncio.create_task(checks((check(f"setsid {mark} & {mark}"),), (), "k"))
    await until(lambda: processes(mark) >= 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: processes(mark) == 0)
    assert checks.scratch is not None
    assert list(checks.scratch.iterdir()) == []


async def test_a_round_cancelled_while_it_copies_leaves_no_copy(checks: SandboxedChecks):
    for number in range(500):
        (checks.workspace / str(number)).write_text("x")
    running = asyncio.create_task(checks((check("true"),), (), "k"))
    assert checks.scratch is not None
    scratch = checks.scratch
    await until(lambda: any(scratch.glob("*/workspace/*")))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: list(scratch.iterdir()) == [])


async def test_a_file_that_another_task_removes_meanwhile_is_no_reason_to_fail(
    checks: SandboxedChecks, monkeypatch: pytest.MonkeyPatch
):
    (checks.workspace / "fleeting").write_text("x")
    (checks.workspace / "lasting").write_text("x")

    def copied(source: str, target: Path, *, follow_symlinks: bool) -> None:
        if source.endswith("fleeting"):
            Path(source).unlink()
        real(source, target, follow_symlinks=follow_symlinks)

    real = shutil.copy2
    monkeypatch.setattr("shutil.copy2", copied)
    assert (await checks((check("ls"),), (), "k"))[0].output == "lasting\n"


async def test_a_folder_that_cannot_be_read_is_not_left_out_in_silence(checks: SandboxedChecks):
    deep = checks.workspace
    with pytest.MonkeyPatch.context() as patch:
        for _ in range(20):
            deep /= "d" * 200
            deep.mkdir()
            patch.chdir(deep)
            deep = Path()
        results = await checks((check("true"),), (), "k")
    assert not results[0].ok
    assert "too long" in results[0].detail


def processes(mark: str) -> int:
    """How many processes have these very words as their command line."""
    words = mark.replace(" ", "\0") + "\0"
    return sum(_command(path) == words for path in Path("/proc").glob("[0-9]*/cmdline"))


def _command(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


async def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
