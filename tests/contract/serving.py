"""A real service in a process of its own, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]
END_S = 30.0
VERBATIM = "# Hello\n\nCreate `greet.py`:\n\n```python\ndef greet() -> str:\n    return 'hello'\n```\n"


@dataclass(frozen=True)
class Service:
    """A running service: `http` speaks to it, `folder` holds its workspace and database."""

    url: str
    folder: Path
    http: httpx2.Client
    process: subprocess.Popen[str]

    def post(self, instruction: str, *, wait: int = 30, **fields: Any) -> dict[str, Any]:
        """The task as it stands after at most `wait` seconds."""
        answer = self.http.post(
            "/v1/tasks", json={"instruction": instruction, **fields}, headers={"Prefer": f"wait={wait}"}
        )
        assert answer.status_code in {200, 202}, answer.text
        return dict(answer.json())

    def task(self, task_id: str) -> dict[str, Any]:
        return dict(self.http.get(f"/v1/tasks/{task_id}").json())

    def until(self, task_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The task once `holds`; fails after twenty seconds."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            task = self.task(task_id)
            if holds(task):
                return task
            time.sleep(0.05)
        raise AssertionError(f"still {task['status']}")

    def file(self, task_id: str, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(f"/v1/tasks/{task_id}/files/{quote(path, safe='')}", headers=headers)

    def stop(self) -> int:
        """The exit code of the service, told to end."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_S)


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """The variables of a service that keeps everything in `folder` and knows no model server."""
    names = {name: value for name, value in os.environ.items() if not name.startswith("JR_")}
    defaults = {
        "database_url": f"sqlite:///{folder / 'jr.db'}",
        "workspace": folder / "workspace",
        "allowed_roots": folder / "outside",
        "ollama_url": "http://127.0.0.1:9",
        "vllm_url": "http://127.0.0.1:9/v1",
        "coder_model": "coder",
    }
    chosen = {f"JR_{name.upper()}": str(value) for name, value in {**defaults, **settings}.items()}
    return {**names, **chosen, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}


@contextmanager
def serving(folder: Path, *options: str, key: str | None = None, **settings: object) -> Iterator[Service]:
    """`jr serve` on a free port until the block ends; `settings` are Jr's own, in lower case."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outside").mkdir(exist_ok=True)
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *options],
            env=environment(folder, **settings),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        greeting = process.stdout.readline()
        assert greeting.startswith("Jr serves "), greeting + (folder / "serve.log").read_text()
        url = greeting.split()[2].rstrip("/")
        headers = {"X-API-Key": key} if key else {}
        with httpx2.Client(base_url=url, headers=headers, timeout=70, trust_env=False) as http:
            yield Service(url, folder, http, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
