"""The rung on the ladder, over real sockets: what dual-model cannot do, the recursive model does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from app.domain import CheckCommand, Finding, Rung
from app.rlm.limits import RlmUnavailable
from app.rlm.runner import RlmRunner
from app.sandbox.cage import Cage
from app.sandbox.checks import SandboxedChecks
from app.task import Mode
from app.writer.gate import inspect
from tests.fakes.world import World, fenced, plan, world
from tests.integration.rlm.scripted_model import repl

FILLER = "".join(f"Line {number} says nothing that matters here.\n" for number in range(4800))
SHORT = "# Settings\n\nCreate `settings.py` that holds the port.\n\nTHE PORT is 48151.\n"
LONG = f"# Settings\n\nCreate `settings.py` that holds the port.\n\n{FILLER}\nTHE PORT is 48151.\n\n{FILLER}"
LOOK = repl("at = context.index('THE PORT')\nprint(context[at : at + 20])")
SAVE = repl(
    "port = context[at:].split()[3].rstrip('.')\n"
    "save_file('settings.py', f'HOST = \"127.0.0.1\"\\nPORT = {port}\\n')\n"
    "answer['ready'] = True"
)
WRITTEN = 'HOST = "127.0.0.1"\nPORT = 48151\n'


def coder(seen: Any) -> str:
    """Gives dual-model nothing it could use, and the recursive model what it needs."""
    if "REPL variable `context`" not in seen.prompt:
        return "I would rather not."
    return SAVE if "THE PORT is 48151" in seen.prompt else LOOK


def let_recurse(w: World, cage: Cage, refusal: RlmUnavailable | None = None) -> None:
    w.run_rlm = RlmRunner(task_id="task-1", ask=w.servers, start=cage.run_program, refusal=refusal)


@pytest.mark.sandbox
async def test_dual_model_fails_and_the_recursive_model_writes_the_file(tmp_path: Path, cage: Cage):
    async with world(tmp_path, pm=[plan("settings.py")], coder=coder) as w:
        let_recurse(w, cage)
        progress = await w.complete(SHORT)
        assert w.file("settings.py") == WRITTEN
    assert progress.execution_mode is Rung.RLM
    assert [(f.source, f.to) for f in progress.fallbacks] == [("dual_model", "rlm")]
    (step,) = progress.steps
    assert (step.target, step.status, step.detail) == ("settings.py", "completed", "written by rlm")
    assert all(finding.ok for finding in step.checks)


@pytest.mark.sandbox
async def test_an_instruction_longer_than_any_window_is_done_by_slicing_it(tmp_path: Path, cage: Cage):
    async with world(tmp_path, pm=[plan("settings.py")], coder=coder, window=8192) as w:
        let_recurse(w, cage)
        progress = await w.complete(LONG)
        assert len(LONG) > 400_000
        assert w.file("settings.py") == WRITTEN
    assert progress.execution_mode is Rung.RLM


@pytest.mark.sandbox
async def test_what_passed_is_named_with_the_file_that_the_recursive_model_wrote(tmp_path: Path, cage: Cage):
    check = CheckCommand(name="port", run="python -c 'import settings; assert settings.PORT == 48151'")
    async with world(tmp_path, coder=coder) as w:
        let_recurse(w, cage)
        assert cage.bubblewrap is not None
        w.run_checks = SandboxedChecks(walls=cage.bubblewrap, workspace=w.folder / "workspace" / "t")
        progress = await w.complete(SHORT, mode=Mode.RLM, checks=(check,))
    (step,) = progress.steps
    assert ("check:port", True) in [(finding.name, finding.ok) for finding in step.checks]
    assert [s.detail for s in progress.settlements] == ["checks passed: port"]


@pytest.mark.sandbox
async def test_a_reply_is_checked_beside_the_loop(
    tmp_path: Path, cage: Cage, monkeypatch: pytest.MonkeyPatch
):
    threads: list[str] = []

    def inspected(*given: Any, **named: Any) -> tuple[Finding, ...]:
        threads.append(threading.current_thread().name)
        return inspect(*given, **named)

    monkeypatch.setattr("app.pipeline.accept.inspect", inspected)
    async with world(tmp_path, coder=coder) as w:
        let_recurse(w, cage)
        await w.complete(SHORT, mode=Mode.RLM)
    assert threads
    assert threading.main_thread().name not in threads


@pytest.mark.sandbox
async def test_its_calls_are_counted(tmp_path: Path, cage: Cage):
    async with world(tmp_path, coder=coder) as w:
        let_recurse(w, cage)
        progress = await w.complete(SHORT, mode=Mode.RLM)
    assert progress.usage.model_calls == 2
    assert progress.usage.prompt_tokens > 0


async def test_an_unavailable_rung_is_named_and_the_next_one_runs(tmp_path: Path):
    def single(seen: Any) -> str:
        return fenced("# filepath: settings.py\nPORT = 1\n") if "step" not in seen.prompt else "No."

    async with world(tmp_path, pm=["no plan"], coder=single) as w:
        let_recurse(w, Cage(bubblewrap=None), RlmUnavailable("rlm_unavailable", "rlms is not installed"))
        outcome = await w.propose(SHORT)
    assert ("dual_model", "rlm") in [(f.source, f.to) for f in outcome.progress.fallbacks]
    assert "rlm_unavailable" in [f.code for f in outcome.progress.fallbacks]
