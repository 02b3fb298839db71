"""The embedded model server as it is used: a child process, both dialects, real weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from app.embedded.errors import StartError
from app.embedded.server import embedded_servers
from tests.acceptance.weights import silent
from tests.unit.embedded.serving import call

pytestmark = pytest.mark.weights

SCHEMA = {
    "type": "object",
    "properties": {"steps": {"type": "array", "items": {"type": "string"}}},
    "required": ["steps"],
    "additionalProperties": False,
}
HOLD = """
import sys, time
from pathlib import Path
from app.embedded.server import embedded_servers
with embedded_servers(Path(sys.argv[1]), lambda *_: None, window=512, slots=1) as served:
    print(served.ollama_url, flush=True)
    time.sleep(600)
"""


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


def answers(url):
    try:
        return call(f"{url}/api/version")[0] == 200
    except OSError:
        return False


def test_a_schema_makes_json_in_ollamas_dialect(endpoints):
    status, body = call(
        f"{endpoints.ollama_url}/api/generate",
        {
            "model": endpoints.model,
            "prompt": "Name two steps of making tea, as JSON.",
            "format": SCHEMA,
            "stream": False,
            "think": False,
            "truncate": False,
            "options": {"temperature": 0, "num_predict": 120, "num_ctx": 4096},
        },
    )
    record = json.loads(body)
    assert (status, record["done_reason"]) == (200, "stop")
    assert set(json.loads(record["response"])) == {"steps"}
    assert record["prompt_eval_count"] > 10


def test_a_prompt_beyond_the_window_is_refused_never_cut(endpoints):
    body = {"model": endpoints.model, "prompt": "word " * 5000}
    status, answer = call(f"{endpoints.ollama_url}/api/generate", body)
    assert status == 400
    assert json.loads(json.loads(answer)["error"])["error"]["n_ctx"] == 4096


def test_vllms_dialect_is_served_beside_it(endpoints):
    body = {
        "model": endpoints.model,
        "messages": [{"role": "user", "content": "Say hi."}],
        "max_tokens": 4,
    }
    status, answer = call(f"{endpoints.vllm_url}/chat/completions", body)
    assert (status, json.loads(answer)["usage"]["completion_tokens"]) == (200, 4)
    models = json.loads(call(f"{endpoints.vllm_url}/models")[1])
    assert [model["id"] for model in models["data"]] == [endpoints.model]


def test_a_server_that_dies_comes_back_at_the_same_address(weights_file):
    with embedded_servers(weights_file, silent, window=512, slots=1) as served:
        (child,) = [
            process
            for process in psutil.Process().children()
            if "app.embedded" in process.cmdline() and "512" in process.cmdline()
        ]
        child.send_signal(signal.SIGKILL)
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        until(lambda: answers(served.ollama_url))
    assert not answers(served.ollama_url)


def test_the_server_ends_with_a_parent_that_is_killed(weights_file):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(weights_file)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        (child,) = psutil.Process(parent.pid).children()
        assert answers(url)
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not child.is_running())
    assert not answers(url)


def test_a_file_that_is_no_model_is_an_error_that_names_it(tmp_path, capfd):
    pytest.importorskip("xllamacpp", reason="the extra `embedded` is not installed")
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"not a model")
    with pytest.raises(StartError, match="status 3"), embedded_servers(fake, silent):
        pass
    assert str(fake) in capfd.readouterr().err
