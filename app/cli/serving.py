"""Commands that keep running, and the one that prepares the database: serve, worker, migrate."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from rich.console import Console

from app.api.unreadable import Protocol
from app.cli.exits import CommandError, Exit
from app.main import (
    DatabaseUnavailable,
    create_app,
    database_checks,
    is_loopback,
    migrate_database,
    running,
)
from app.settings import Settings

app = typer.Typer()
_GRACE_S = 10
_BACKLOG = 2048


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Instead of JR_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Instead of JR_PORT; 0 takes a free one.")
    ] = None,
    worker: Annotated[bool, typer.Option(help="Also work on tasks in this process.")] = True,
    embedded: Annotated[bool, typer.Option("--embedded", help="With the embedded model server.")] = False,
) -> None:
    """Serve the API and the dashboard, and work on tasks."""
    settings = Settings()
    changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update=changed)
    refuse_open_door(settings)
    refuse_unusable(settings)
    with ExitStack() as stack:
        if embedded:
            settings = stack.enter_context(with_embedded(settings))
        listener = stack.enter_context(_listen(settings))
        served = create_app(settings, worker=worker)
        config = uvicorn.Config(
            served,
            log_level="warning",
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
            lifespan="on",
            http=Protocol,
        )
        server = Server(config, served, Console(highlight=False, soft_wrap=True))
        server.run(sockets=[listener])
        if not server.started:
            raise CommandError(Exit.UNREACHABLE, "the service could not start; the log above says why")


@app.command()
def worker() -> None:
    """Work on tasks that other processes take in."""
    settings = Settings()
    refuse_unusable(settings)
    asyncio.run(_work(settings))


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    settings = Settings()
    try:
        migrate_database(settings)
    except DatabaseUnavailable as error:
        raise CommandError(Exit.UNREACHABLE, f"the database: {error}") from None
    Console().print(f"{settings.database_url.partition('://')[0]}: at this version's tables")


def refuse_open_door(settings: Settings) -> None:
    """Raises CommandError where anyone on the network could post tasks."""
    if not settings.keys and not is_loopback(settings.host):
        message = (
            f"will not serve {settings.host} without keys, since anyone there could write files here: "
            "set JR_API_KEYS, or serve 127.0.0.1"
        )
        raise CommandError(Exit.USAGE, message)


def refuse_unusable(settings: Settings) -> None:
    """Raises CommandError where the workspace or the database cannot be used; SQLite's is migrated later."""
    try:
        settings.workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(Exit.USAGE, f"JR_WORKSPACE, {settings.workspace}: {error.strerror}") from None
    is_file = settings.database_url.startswith("sqlite")
    fatal = ("database",) if is_file else ("database", "migrations")
    for name, ok, detail in asyncio.run(database_checks(settings)):
        if name in fatal and not ok:
            raise CommandError(Exit.USAGE if is_file else Exit.UNREACHABLE, f"the {name}: {detail}")


@contextmanager
def with_embedded(settings: Settings) -> Iterator[Settings]:
    """The settings with the embedded model server in both roles, while it runs."""
    from app.embedded.errors import EmbeddedError  # noqa: PLC0415 -- an extra, loaded only where asked for
    from app.embedded.progress import shown  # noqa: PLC0415 -- an extra, loaded only where it is asked for
    from app.embedded.server import embedded_servers  # noqa: PLC0415 -- as above
    from app.embedded.weights import default_cache, find  # noqa: PLC0415 -- as above

    with ExitStack() as stack:
        try:
            progress = stack.enter_context(shown())
            model = find(settings.embedded_model, default_cache(), progress)
            found = stack.enter_context(embedded_servers(model, progress))
        except EmbeddedError as error:
            raise CommandError(Exit.UNREACHABLE, str(error)) from None
        yield settings.model_copy(update=found.settings())


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        message = f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        raise CommandError(Exit.UNREACHABLE, message) from None
    with listener:
        # asyncio leaves Nagle's algorithm on for a socket given to it, which costs 40 ms an answer.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


class Server(uvicorn.Server):
    """uvicorn, telling where it serves, and ending in order on the first signal."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, console: Console) -> None:
        super().__init__(config)
        self._app = app
        self._console = console
        self._greeting: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            self._console.print(f"Jr serves {base}/  (API: {base}/docs)")
            self._greeting = asyncio.create_task(self._greet())

    async def _greet(self) -> None:
        for found in await self._app.state.services.backends():
            state = (
                f"{found.dialect} {found.version or ''}".rstrip() if found.reachable else "does not answer"
            )
            window = f", window {found.context_window}" if found.context_window else ""
            self._console.print(f"  {found.role.value:5} {found.url}  {state}, model {found.model}{window}")
            for sentence in found.advice:
                self._console.print(f"        {sentence}")

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        """The first signal lets requests and runs end, the second does not; neither is an error."""
        self.force_exit = self.should_exit
        self.should_exit = True
        services = getattr(self._app.state, "services", None)
        if services is not None:
            services.closing.set()


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with running(settings, worker=True):
        Console().print("Jr works on tasks; stop it with Ctrl-C")
        await stop.wait()
