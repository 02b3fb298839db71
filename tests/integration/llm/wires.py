"""A transport of its own and servers of whose every byte the test decides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2 as httpx

from app.llm.transport import Transport
from tests.fakes.wire import Act, Acts, Seen, Wire, plain

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Script = list[bytes | float | Act]
CHUNKED = {"Transfer-Encoding": "chunked"}


class Scripted(Wire):
    """Answers each request with the next acts of a script, and with "ok" after the last.

    It counts the connections it had.
    """

    def __init__(self, *script: Script, idle_s: float | None = None) -> None:
        super().__init__(idle_s=idle_s)
        self._script = list(script)
        self.accepted = 0

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        await super()._accept(reader, writer)

    async def answer(self, seen: Seen) -> Acts:
        for act in self._script.pop(0) if self._script else [plain(200, "ok")]:
            yield act


@asynccontextmanager
async def transport(
    *, keep_s: float = 60.0, connect_s: float = 5.0, write_s: float = 5.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Transport]:
    one = Transport(
        tls=tls or ssl.create_default_context(), connect_s=connect_s, write_s=write_s, keep_s=keep_s
    )
    yield one
    await one.aclose()


@asynccontextmanager
async def listening(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server of whose every byte the test decides; it hangs up after its handler."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def ask(by: Transport, url: str, body: bytes = b"{}") -> bytes:
    response = await by.handle_async_request(httpx.Request("POST", url, content=body))
    try:
        return await response.aread()
    finally:
        await response.aclose()
