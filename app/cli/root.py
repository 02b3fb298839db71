"""`jr`: the commands put together, and how each of them ends."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import cast

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from app.cli.exits import CommandError, Exit

ROOMS = {
    "demo": "demo",
    "serve": "serving",
    "worker": "serving",
    "migrate": "serving",
    "submit": "tasks",
    "show": "tasks",
    "watch": "tasks",
    "check": "reading",
    "parse": "reading",
    "doctor": "inspecting",
    "calibrate": "inspecting",
}


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for: `jr check` needs no engine and no server."""

    def list_commands(self, _context: object) -> list[str]:
        return list(ROOMS)

    def get_command(self, _context: object, name: str) -> TyperCommand | None:
        if name not in ROOMS:
            return None
        room = import_module(f"app.cli.{ROOMS[name]}")
        return cast("TyperCommand", typer.main.get_group(room.app).commands[name])


app = typer.Typer(
    name="jr", cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def jr() -> None:
    """Post an instruction in markdown, get files you can trust."""


def _log_to_stderr() -> None:
    """Plain tracebacks: those with local variables would print instructions."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def main() -> None:
    """Runs a command and ends the process with its exit code; what is logged goes to standard error."""
    _log_to_stderr()
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
    except UnicodeDecodeError:
        sys.stderr.write("jr: the settings in .env are not UTF-8\n")
        sys.exit(Exit.USAGE)
