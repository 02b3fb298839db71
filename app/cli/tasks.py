"""Commands that speak to a running service: submit, show, watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from app.cli.exits import Exit
from app.cli.printing import as_json, print_task
from app.cli.reading import read_instruction
from app.cli.service import Service, exit_of
from app.domain import JsonObject
from app.llm.http import ApiClient
from app.settings import Settings
from app.task import Approval, Mode

app = typer.Typer()
Url = Annotated[
    str | None,
    typer.Option(
        envvar="JR_URL", help="Where the service is; by default JR_HOST and JR_PORT.", show_default=False
    ),
]
Key = Annotated[str | None, typer.Option(envvar="JR_API_KEY", help="The service's key.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the task as JSON.")]
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- what is served everywhere is here, too


@contextmanager
def service_at(url: str | None, key: str | None) -> Iterator[Service]:
    """The service there, or where this machine's settings would serve it."""
    settings = Settings()
    url, key = url or _served(settings), key or min(settings.keys, default=None)
    with ApiClient(url, api_key=key) as client:
        yield Service(url, client)


def _served(settings: Settings) -> str:
    host = _ANYWHERE.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


@app.command()
def submit(
    file: Annotated[str, typer.Argument(help="The instruction, in markdown; - is standard input.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the task ends.")] = False,
    json: AsJson = False,
    title: Annotated[str | None, typer.Option(help="A title.")] = None,
    workspace: Annotated[str | None, typer.Option(help="The folder for relative paths.")] = None,
    mode: Annotated[Mode, typer.Option(help="One rung, or the whole ladder.")] = Mode.AUTO,
    approval: Annotated[Approval, typer.Option(help="`required` writes nothing unapproved.")] = Approval.AUTO,
    url: Url = None,
    key: Key = None,
) -> None:
    """Post an instruction to a running service."""
    body: dict[str, object] = {"instruction": read_instruction(file), "mode": mode, "approval": approval}
    body |= {name: value for name, value in (("title", title), ("workspace", workspace)) if value}
    with service_at(url, key) as service:
        task = service.submit(body)
        if wait:
            task = follow(service, task["id"])
    if json:
        print(as_json(task))
    elif wait:
        print_task(Console(), task)
    else:
        Console().print(f"{task['id']}  {task['status']}  {service.url}/tasks/{task['id']}", highlight=False)
    raise typer.Exit(exit_of(task) if wait else Exit.COMPLETED)


@app.command()
def show(
    task_id: Annotated[str, typer.Argument(metavar="ID", help="The task's id.")],
    *,
    json: AsJson = False,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show a task."""
    with service_at(url, key) as service:
        task = service.task(task_id)
    if json:
        print(as_json(task))
    else:
        print_task(Console(), task)


@app.command()
def watch(
    task_id: Annotated[str, typer.Argument(metavar="ID", help="The task's id.")],
    *,
    url: Url = None,
    key: Key = None,
) -> None:
    """Follow a task until it ends."""
    with service_at(url, key) as service:
        task = follow(service, task_id)
    print_task(Console(), task)
    raise typer.Exit(exit_of(task))


def follow(service: Service, task_id: str) -> JsonObject:
    """Shows a task's events and progress on standard error; gives the task as it ended."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    task: JsonObject = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("queued", total=None)
        for event, task in service.watch(task_id):
            if event is not None:
                progress.console.print(f"{event.data['seq']:>4} {event.type}", highlight=False, style="dim")
            done, total = task["progress"]["done"], task["progress"]["total"]
            progress.update(
                bar, description=task["stage"] or task["status"], completed=done, total=total or None
            )
    return task
