"""The embedded model server as a child process: watched, restarted if it dies, ended with its parent."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from app.embedded.errors import StartError
from app.embedded.progress import Report

RESTARTS = 5
END_S = 5.0
FIRST_TOKEN_S = 240.0  # processors that also do other work read a prompt slowly, and do not hang

log = logging.getLogger(__name__)


class Endpoints(NamedTuple):
    """Where the model is served, and under which name on both."""

    ollama_url: str
    vllm_url: str
    model: str
    slots: int

    def settings(self) -> dict[str, str | int | float]:
        """The fields of `app.settings.Settings` that point the service here."""
        return {
            "ollama_url": self.ollama_url,
            "vllm_url": self.vllm_url,
            "pm_model": self.model,
            "coder_model": self.model,
            "coder_slots": self.slots,
            "first_token_s": FIRST_TOKEN_S,
        }


@contextmanager
def embedded_servers(
    model: Path, progress: Report, *, window: int = 16_384, slots: int = 2, threads: int | None = None
) -> Iterator[Endpoints]:
    """Serves the GGUF file on loopback until the block ends. Raises StartError.

    `window` is in tokens for each of the `slots` requests that run at once. `threads` defaults to the cores,
    eight at most.
    """
    options = ["--model", str(model), "--window", str(window), "--slots", str(slots)]
    options += ["--threads", str(threads)] if threads else []
    size = model.stat().st_size
    progress("load the model", 0, size)
    keeper = _Keeper(options)
    progress("load the model", size, size)
    try:
        yield keeper.endpoints
    finally:
        keeper.end()


class _Keeper:
    """One child process at a time, on the ports the first one took."""

    def __init__(self, options: list[str]) -> None:
        self._child = _start(options)
        self.endpoints = _ready(self._child)
        ports = [f"--vllm-port={urlsplit(self.endpoints.vllm_url).port}"]
        ports += [f"--ollama-port={urlsplit(self.endpoints.ollama_url).port}"]
        self._command = [*options, *ports]
        self._turn = threading.Lock()
        self._ending = False
        self._watcher = threading.Thread(target=self._watch, name="embedded-watch", daemon=True)
        self._watcher.start()

    def end(self) -> None:
        with self._turn:
            self._ending = True
            _end(self._child)
        self._watcher.join()

    def _watch(self) -> None:
        for _ in range(RESTARTS):
            self._child.wait()
            with self._turn:
                if self._ending:
                    return
                log.error("the embedded model server died (%s), starting it again", self._child.returncode)
                _end(self._child)
                self._child = _start(self._command)


def _start(options: list[str]) -> subprocess.Popen[str]:
    """The child's standard input is its leash: it ends when this process does, even by SIGKILL.

    Its own session keeps a terminal's Ctrl-C from it, so that the service can finish what it is doing;
    `-P` keeps an `app` package of the current folder out of it.
    """
    command = [sys.executable, "-P", "-m", "app.embedded", "--until-stdin-closes", *options]
    return subprocess.Popen(  # noqa: S603 -- this very program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def _ready(child: subprocess.Popen[str]) -> Endpoints:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        _end(child)
        raise StartError(f"the embedded model server ended with status {child.returncode}; it says why above")
    return Endpoints(**json.loads(line))


def _end(child: subprocess.Popen[str]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
