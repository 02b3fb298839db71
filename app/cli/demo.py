"""`jr demo`: the main job for real, with a model server and a service of its own, ended afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from app.cli.exits import CommandError, Exit
from app.cli.printing import print_task
from app.cli.reading import read_text
from app.cli.service import exit_of
from app.cli.serving import with_embedded
from app.cli.tasks import follow, service_at
from app.domain import JsonObject, sha256
from app.llm.http import ApiClient, ServiceUnreachable
from app.settings import Settings

app = typer.Typer()
HELLO = Path(__file__).parents[2] / "examples" / "hello.md"
FOLDER = Path("var/demo")
START_S = 60.0
END_S = 10.0
OK = 200


@app.command()
def demo(file: Annotated[str, typer.Argument(help="The instruction, in markdown.")] = str(HELLO)) -> None:
    """Post an instruction to a service of its own, with a real model, and show what comes of it."""
    console = Console(highlight=False)
    instruction = read_text(file)
    signal.signal(signal.SIGTERM, _end_in_order)
    with ExitStack() as stack:
        settings = stack.enter_context(with_models(Settings()))
        folder = FOLDER.resolve()
        url = stack.enter_context(serving(environment(settings, folder), folder / "serve.log"))
        console.print(f"service at {url}, instruction {escape(file)}")
        service = stack.enter_context(service_at(url, None))
        task = follow(service, service.submit({"instruction": instruction})["id"])
        print_task(console, task)
        _prove(console, task, folder / "workspace" / task["workspace"])
    raise typer.Exit(exit_of(task))


def _end_in_order(number: int, _: FrameType | None) -> NoReturn:
    """Lets what was started be ended, also where the demo itself is told to."""
    sys.exit(128 + number)


@contextmanager
def with_models(settings: Settings) -> Iterator[Settings]:
    """The settings as they are where they name a model server, else with the embedded one."""
    if {"ollama_url", "vllm_url"} & settings.model_fields_set:
        yield settings
    else:
        with with_embedded(settings) as changed:
            yield changed


def environment(settings: Settings, folder: Path) -> dict[str, str]:
    """The variables of a service on a free port that keeps all it has in the folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    models = ("ollama_url", "vllm_url", "pm_model", "coder_model", "coder_slots", "first_token_s")
    return {
        **os.environ,
        **{f"JR_{name.upper()}": str(getattr(settings, name)) for name in models},
        "JR_DATABASE_URL": f"sqlite:///{folder / 'jr.db'}",
        "JR_WORKSPACE": str(folder / "workspace"),
        "JR_API_KEYS": "",
        "JR_HOST": "127.0.0.1",
        "JR_PORT": str(port),
    }


@contextmanager
def serving(variables: Mapping[str, str], log: Path) -> Iterator[str]:
    """The URL of `jr serve` in a process of its own, ready; it ends with the block."""
    url = f"http://127.0.0.1:{variables['JR_PORT']}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        command = [sys.executable, "-P", "-c", "from app.cli import main; main()", "serve"]
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)  # noqa: S603 -- us
        try:
            _wait_until_ready(url, process, log)
            yield url
        finally:
            _end(process)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    with ApiClient(url) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if client.request("GET", "/readyz").status == OK:
                    return
            except ServiceUnreachable:
                pass
            time.sleep(0.1)
    last = "".join(log.read_text(errors="replace").splitlines(keepends=True)[-20:])
    raise CommandError(Exit.UNREACHABLE, f"the service did not start; {log} ends with:\n{last}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _prove(console: Console, task: JsonObject, folder: Path) -> None:
    """Reads the files again and says where they are. Raises CommandError where one differs."""
    console.print("On disk, read again:")
    for file in task["files_created"]:
        path = folder / file["path"]
        if not path.is_file() or sha256(path.read_bytes()) != file["sha256"]:
            raise CommandError(Exit.FAILED, f"{path} is not what the service says it is")
        console.print(f"{file['sha256']}  {escape(str(path))}", soft_wrap=True)
