"""Commands that read a file and ask nobody: check, parse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.api.fields import MAX_INSTRUCTION_BYTES
from app.cli.exits import CommandError, Exit
from app.cli.printing import as_json, print_check, print_reply
from app.coder import reply as replies
from app.instruction import check as checks

MAX_BYTES = 64 * 1024 * 1024
app = typer.Typer()
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_text(file: str, *, most: int = MAX_BYTES, may_be_empty: bool = False) -> str:
    """The text of a file, or of standard input for "-". Raises CommandError where there is none to read."""
    try:
        data = sys.stdin.buffer.read(most + 1) if file == "-" else Path(file).read_bytes()
        text = data.decode()
    except OSError as error:
        raise CommandError(Exit.USAGE, f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(Exit.USAGE, f"{file}: not UTF-8 at byte {error.start}") from None
    if len(data) > most:
        raise CommandError(Exit.USAGE, f"{file}: larger than {most} bytes")
    if not (data or may_be_empty) or "\0" in text:
        raise CommandError(Exit.USAGE, f"{file}: empty or not text")
    return text


def read_instruction(file: str) -> str:
    """An instruction that the service would take. Raises CommandError."""
    return read_text(file, most=MAX_INSTRUCTION_BYTES)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="The instruction, in markdown; - is standard input.")],
    *,
    json: AsJson = False,
) -> None:
    """See how an instruction is understood; no model is asked, nothing is written."""
    found = checks.as_json(checks.check(read_instruction(file)))
    if json:
        print(as_json(found))
    else:
        print_check(Console(), found)


@app.command()
def parse(
    file: Annotated[str, typer.Argument(help="A model's reply; - is standard input.")],
    *,
    json: AsJson = False,
) -> None:
    """See what files and edits a model's reply holds."""
    found = replies.as_json(replies.parse(read_text(file, may_be_empty=True)))
    if json:
        print(as_json(found))
    else:
        print_reply(Console(), found)
