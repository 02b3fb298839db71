"""Commands that look at what this machine has: doctor, calibrate."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import typer
from rich.console import Console
from rich.markup import escape

from app.cli.calibration import Figures, measure
from app.cli.exits import CommandError, Exit
from app.llm.call import Role
from app.llm.errors import LlmError
from app.llm.servers import ModelServers
from app.llm.status import BackendStatus
from app.main import database_checks, llm_config, no_rlm, rlm_walls, sandbox
from app.settings import Settings

app = typer.Typer()
Finding = tuple[str, bool, str]


@app.command()
def doctor() -> None:
    """Look at the database, the folders, the model servers and the sandbox."""
    settings = Settings()
    console = Console(highlight=False, soft_wrap=True)
    database = asyncio.run(database_checks(settings))
    local = [*database[:1], *_folders(settings)]
    for name, ok, detail in (*local, *database[1:], *_extras(settings)):
        _print_finding(console, name, detail, ok=ok)
    backends = asyncio.run(_status(settings))
    for status in backends:
        _print_backend(console, status)
    if not all(ok for _, ok, _ in local):
        raise typer.Exit(Exit.FAILED)
    if not any(status.reachable for status in backends):
        raise typer.Exit(Exit.UNREACHABLE)


@app.command()
def calibrate() -> None:
    """Ask each model for a small plan or file, and say how fast it is and what to set."""
    settings = Settings()
    console = Console(highlight=False, soft_wrap=True)
    answered = 0
    for role in Role:
        try:
            figures = asyncio.run(_measure(settings, role))
        except LlmError as error:
            console.print(f"[red]{role.value}[/red] {error.code}: {escape(error.detail)}")
            continue
        answered += 1
        _print_figures(console, role, figures)
    if not answered:
        raise CommandError(Exit.UNREACHABLE, "no model answered")


def _folders(settings: Settings) -> Iterator[Finding]:
    for folder in (settings.workspace, *settings.roots):
        whole = folder.absolute()
        existing = next(each for each in (whole, *whole.parents) if each.exists())
        ok = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
        made = "" if existing == whole else ", will be made"
        yield f"folder {folder}", ok, f"writable{made}" if ok else f"{existing} is not writable"


def _extras(settings: Settings) -> Iterator[Finding]:
    walls = sandbox(settings)
    caged = not isinstance(walls, str)
    yield "sandbox", caged, "bubblewrap works" if caged else str(walls)
    refusal = no_rlm(settings, rlm_walls(settings, walls))
    yield "rlm rung", refusal is None, "can run" if refusal is None else refusal.detail


async def _status(settings: Settings) -> tuple[BackendStatus, ...]:
    async with _servers(settings) as servers:
        return await servers.status()


async def _measure(settings: Settings, role: Role) -> Figures:
    async with _servers(settings) as servers:
        return await measure(servers, role, deadline_s=settings.call_timeout_s)


@asynccontextmanager
async def _servers(settings: Settings) -> AsyncIterator[ModelServers]:
    servers = ModelServers(llm_config(settings))
    try:
        yield servers
    finally:
        await servers.aclose()


def _print_finding(console: Console, name: str, detail: str, *, ok: bool) -> None:
    mark = "[green]ok[/green]  " if ok else "[yellow]look[/yellow]"
    console.print(f"{mark} {escape(name)}: {escape(detail)}")


def _print_backend(console: Console, status: BackendStatus) -> None:
    if status.reachable:
        window = f", window {status.context_window} tokens" if status.context_window else ""
        version = f" {status.version}" if status.version else ""
        detail = f"{status.dialect}{version}, model {status.model}{window}, {status.slots} slots"
    else:
        detail = f"does not answer as {status.dialect}"
    well = status.reachable and not status.advice
    _print_finding(console, f"{status.role.value} {status.url}", detail, ok=well)
    for sentence in status.advice:
        console.print(f"       {escape(sentence)}")


def _print_figures(console: Console, role: Role, figures: Figures) -> None:
    console.print(f"[b]{role.value}[/b] {escape(figures.model)} at {escape(figures.server)}")
    console.print(f"  reads {figures.prompt_rate:.0f} and writes {figures.reply_rate:.1f} tokens a second")
    first = f"first token after {figures.first_token_s:.1f} s"
    console.print(f"  {figures.bytes_per_token:.2f} bytes a token, {first}")
    console.print(f"  {figures.at_once} calls at once take {figures.slowdown:.1f} times as long as one")
    for name, value in figures.suggested.items():
        console.print(f"  {name}={value}")
