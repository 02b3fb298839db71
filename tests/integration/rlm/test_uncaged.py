"""JR_RLM=unsafe: no walls, and still limits, a folder of its own, an empty environment and a sure end."""

from __future__ import annotations

import importlib.util
import os

import psutil
import pytest

from app.rlm.limits import RlmFailed, RlmLimits
from app.rlm.runner import RlmRunner
from app.sandbox.cage import Cage
from tests.integration.rlm.scripted_model import ScriptedModel, repl, uncounted

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("rlm") is None,
    reason="the package rlms is not installed: make install EXTRAS=rlm",
)


async def run(code: str, *, wall_s: float = 20) -> str:
    limits = RlmLimits(wall_s=wall_s, memory_bytes=300 << 20, processes=30)
    start = Cage(bubblewrap=None).run_program
    runner = RlmRunner(task_id="t", ask=ScriptedModel((repl(code),)), start=start, limits=limits)
    return await runner("Do it", ("a.py",), "rlm", uncounted)


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("import os\nos.system('sleep 600 & sleep 600')", "rlm_timeout"),
        ("held = []\nwhile True: held.append(bytearray(b'x') * (1 << 20))", "rlm_memory_limit"),
        (
            "import os, time\nfor _ in range(60): os.fork() or time.sleep(60)\ntime.sleep(60)",
            "rlm_process_limit",
        ),
    ],
)
async def test_its_limits_hold_and_its_processes_go_with_it(code: str, named: str):
    with pytest.raises(RlmFailed) as failed:
        await run(code, wall_s=3)
    assert failed.value.code == named
    assert psutil.Process().children(recursive=True) == []


async def test_what_it_left_behind_in_its_group_goes_too():
    mark = ["sleep", f"6{os.getpid()}"]
    code = f"import os\nos.system('{' '.join(mark)} > /dev/null 2>&1 &')\nsave_file('a.py', 'x = 1')"
    assert "x = 1" in await run(f"{code}\nanswer['ready'] = True")
    assert [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == mark] == []


async def test_it_starts_in_a_folder_of_its_own_without_the_services_environment(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("JR_VLLM_API_KEY", "secret-key")
    code = "import os\nsave_file('a.py', os.environ['HOME'] + ' ' + str('JR_VLLM_API_KEY' in os.environ))"
    reply = await run(f"{code}\nanswer['ready'] = True")
    assert "/jr-rlm-" in reply
    assert " False" in reply


async def test_what_it_printed_last_is_told_when_it_ends_without_an_answer():
    with pytest.raises(RlmFailed, match="goodbye"):
        await run("import os\nos.write(2, b'goodbye')\nos._exit(3)")
