"""A task with its own checks, on the ladder: what fails goes back to the coder with its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import CheckCommand
from app.sandbox.bwrap import Bubblewrap
from app.sandbox.checks import SandboxedChecks
from app.task import ErrorCode
from tests.fakes.reply import Reply
from tests.fakes.world import World, fenced, plan, world

pytestmark = pytest.mark.sandbox

INSTRUCTION = """# Adder

Create `calc.py` with a function `add(a, b)`.

Create `test_calc.py` with exactly these contents:

```python
from calc import add


def test_add():
    assert add(2, 3) == 5
```
"""
WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
PYTEST = CheckCommand(name="tests", run="PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -q", timeout_s=60)


def let_check(w: World, walls: Bubblewrap) -> None:
    w.run_checks = SandboxedChecks(walls=walls, workspace=w.folder / "workspace" / "t")


async def test_a_failing_pytest_goes_back_and_the_repair_passes_with_both_outputs_kept(
    tmp_path: Path, walls: Bubblewrap
):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(WRONG), fenced(RIGHT)]) as w:
        let_check(w, walls)
        progress = await w.complete(INSTRUCTION, checks=(PYTEST,))
        assert w.file("calc.py") == RIGHT
        assert "assert -1 == 5" in w.coder.calls[1].prompt
        outputs = {name: data.decode() for name, data in w.kept.items() if name.endswith("tests.txt")}
    assert len(outputs) == 2
    assert ["1 failed" in text for text in outputs.values()] == [True, False]
    assert ["1 passed" in text for text in outputs.values()] == [False, True]
    assert [(c.name, c.ok) for c in progress.steps[0].checks if c.name.startswith("check:")] == [
        ("check:tests", True)
    ]


async def test_checks_that_never_pass_fail_the_task_and_write_nothing(tmp_path: Path, walls: Bubblewrap):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(WRONG)], repair_turns=1) as w:
        let_check(w, walls)
        failure = await w.failure(INSTRUCTION, checks=(PYTEST,))
        assert not (w.folder / "workspace" / "t").exists()
    assert failure.error.code is ErrorCode.CHECK_FAILED
    assert "tests" in failure.error.detail


async def test_a_model_server_that_is_gone_when_a_repair_is_due_leaves_the_check_s_own_failure(
    tmp_path: Path, walls: Bubblewrap
):
    refuses = Reply(status=401, body={"error": "Unauthorized"})
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(WRONG), refuses]) as w:
        let_check(w, walls)
        failure = await w.failure(INSTRUCTION, checks=(PYTEST,))
    assert failure.error.code is ErrorCode.CHECK_FAILED
    assert "no repair: " in failure.error.detail
    assert "1 failed" in failure.error.detail


async def test_many_failing_checks_leave_room_for_the_file_in_the_prompt(tmp_path: Path, walls: Bubblewrap):
    loud = tuple(
        CheckCommand(name=f"loud-{n}", run="yes | head -c 20000; grep -q + calc.py", timeout_s=60)
        for n in range(20)
    )
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(WRONG), fenced(RIGHT)]) as w:
        let_check(w, walls)
        await w.complete(INSTRUCTION, checks=loud)
        repair = w.coder.calls[1].prompt
    assert all(f"`loud-{n}` failed" in repair for n in range(20))
    assert len(repair) < 40_000


async def test_the_instructions_own_verification_runs_when_the_task_says_so(
    tmp_path: Path, walls: Bubblewrap
):
    verified = (
        INSTRUCTION
        + "\n## Verification\n\n```bash\npython -c 'import calc; assert calc.add(1, 1) == 2'\n```\n"
    )
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(WRONG), fenced(RIGHT)]) as w:
        let_check(w, walls)
        await w.complete(verified, run_checks=True)
        assert w.file("calc.py") == RIGHT
