"""`jr`: the commands put together, and how each of them ends."""

from __future__ import annotations

import sys

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console

from app.cli import demo, inspecting, reading, serving, tasks
from app.cli.exits import CommandError, Exit

app = typer.Typer(
    name="jr",
    help="Post an instruction in markdown, get files you can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for room in (serving, tasks, reading, inspecting, demo):
    app.registered_commands += room.app.registered_commands


def main() -> None:
    """Runs a command and ends the process with its exit code; what is logged goes to standard error."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        app()
    except CommandError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"jr: {error}", style="red", markup=False)
        sys.exit(error.code)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = "JR_" + "_".join(str(part) for part in fault["loc"]).upper()
            sys.stderr.write(f"jr: {name}: {fault['msg']}\n")
        sys.exit(Exit.USAGE)
