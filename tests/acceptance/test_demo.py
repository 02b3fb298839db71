"""`jr demo` as a person runs it, on model servers that are named and so not its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm

PATHS = ("hello/hours.py", "hello/greet.py")
CODE = 'def greet(name, part):\n    return f"Good {part}, {name}!"\n'


def plan(seen):
    steps = [
        {
            "step_number": number,
            "action": "create_file",
            "target": path,
            "description": "write it",
            "code_needed": True,
            "depends_on": [],
        }
        for number, path in enumerate(PATHS, 1)
    ]
    whole = {
        "title": "Hello",
        "summary": "",
        "steps": steps,
        "files_to_create": list(PATHS),
        "files_to_modify": [],
    }
    return Reply(json.dumps(whole))


@pytest.fixture
def start(tmp_path):
    """Runs `jr demo` in a folder that has an `app` too, on model servers that answer as these scripts say."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('not this one')")

    @contextlib.contextmanager
    def _start(pm, coder):
        with FakeOllama(pm) as ollama, FakeVllm(coder) as vllm:
            models = {"JR_OLLAMA_URL": ollama.url, "JR_VLLM_URL": vllm.base, "JR_CODER_MODEL": "auto"}
            with subprocess.Popen(
                [sys.executable, "-P", "-c", "from app.cli import main; main()", "demo"],
                cwd=tmp_path,
                env={**os.environ, **models, "COLUMNS": "80"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as demo:
                yield demo

    return _start


def test_the_demo_ends_with_files_whose_hashes_it_prints(start):
    with start(plan, lambda _: Reply(f"```python\n{CODE}```\n")) as demo:
        said = demo.communicate(timeout=90)[0]
    assert demo.returncode == 0, said
    lines = re.findall(r"^([0-9a-f]{64})  .*/(hello/\S+)$", said, re.MULTILINE)
    proved = {path: digest for digest, path in lines}
    assert set(proved) == {*PATHS, "hello/people.json"}
    assert proved["hello/greet.py"] == hashlib.sha256(CODE.encode()).hexdigest()
    assert "task.started" in said


def test_a_demo_whose_models_answer_nonsense_exits_with_1_and_says_why(start):
    with start(lambda _: Reply("no"), lambda _: Reply("no")) as demo:
        said = demo.communicate(timeout=90)[0]
    assert demo.returncode == 1, said
    assert "failed" in said


def test_a_demo_that_is_told_to_stop_leaves_nothing_running(start):
    with start(lambda _: Reply("", first_s=60), lambda _: Reply("no")) as demo:
        assert any("task.started" in line for line in demo.stdout)
        children = psutil.Process(demo.pid).children(recursive=True)
        assert children
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while any(child.is_running() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_instruction_that_is_not_there_is_a_usage_error(tmp_path):
    command = [
        sys.executable,
        "-P",
        "-c",
        "from app.cli import main; main()",
        "demo",
        str(tmp_path / "none.md"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "none.md" in done.stderr
