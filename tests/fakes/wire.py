"""A raw HTTP/1.1 server on a loopback socket, with a journal of what it saw.

Stand-in servers derive from `Wire` and answer in acts, so that a test has every byte and every close in its
hand: an act is bytes to send, a number of seconds to wait, or one of `HANG`, `CUT` (close) and `RESET`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, Self


class Act(Enum):
    HANG = "hang"
    CUT = "cut"
    RESET = "reset"


HANG, CUT, RESET = Act.HANG, Act.CUT, Act.RESET
Acts = AsyncGenerator[bytes | float | Act, None]
_HEAD_LIMIT = 64 * 1024


class Ended(Exception):
    """The connection is over."""


@dataclass(eq=False)
class Seen:
    """One request as it arrived. Times are `time.monotonic()` seconds; None while it has not happened."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    arrived: float
    in_flight: int
    first_byte: float | None = None
    answered: float | None = None
    disconnected: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that came, or an empty one."""
        with contextlib.suppress(ValueError):
            value = json.loads(self.raw)
            if isinstance(value, dict):
                return value
        return {}

    @property
    def prompt(self) -> str:
        """System text and prompt (or all messages), one after the other."""
        if "messages" in self.body:
            return "\n".join(str(message.get("content")) for message in self.body["messages"])
        return "\n".join(str(self.body[key]) for key in ("system", "prompt") if self.body.get(key))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema that shall constrain the reply, in either dialect."""
        wanted = self.body.get("format")
        if wanted is None:
            form = self.body.get("response_format") or {}
            wanted = form.get("json_schema", {}).get("schema") if form.get("type") == "json_schema" else None
        return wanted if isinstance(wanted, dict) else None


class Wire:
    """Listens on 127.0.0.1; `async with` it in a test's loop, or `with` it to run it in a thread.

    `generates` names the paths that count as model calls. `idle_s` closes kept connections after that many
    seconds without a request.
    """

    generates: frozenset[str] = frozenset()

    def __init__(self, *, port: int = 0, idle_s: float | None = None, host: str = "127.0.0.1") -> None:
        self.host, self.port, self.idle_s = host, port, idle_s
        self.journal: list[Seen] = []
        self.in_flight = 0
        self.peak = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answer(self, seen: Seen) -> Acts:
        """The acts that answer one request; derived servers say which."""
        yield plain(404, {"error": f"nothing at {seen.path}"})

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def calls(self) -> list[Seen]:
        """The requests that asked for text, in order."""
        return [seen for seen in self.journal if seen.path in self.generates and seen.prompt]

    @property
    def connected(self) -> int:
        """Connections that are open now."""
        return len(self._connections)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, self.host, self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Closes the listener and every connection; `start` brings it back on the same port."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def run() -> None:
            self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
            async with self:
                ready.set()
                await self._over.wait()

        self._thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the stand-in server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        try:
            await self._converse(_Reader(reader), writer)
        except (Ended, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            if task is not None:
                self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        idle_s = None
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    seen = await self._request(reader)
            except TimeoutError:
                return
            idle_s = self.idle_s
            counted = seen.path in self.generates
            self.in_flight += counted
            self.peak = max(self.peak, self.in_flight)
            seen.in_flight = self.in_flight
            self.journal.append(seen)
            try:
                await self._reply(seen, reader, writer)
            finally:
                self.in_flight -= counted

    async def _request(self, reader: _Reader) -> Seen:
        head = (await reader.until(b"\r\n\r\n", _HEAD_LIMIT)).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.exactly(int(headers.get("content-length", "0")))
        return Seen(method, path.partition("?")[0], headers, raw, time.monotonic(), 0)

    async def _reply(self, seen: Seen, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        answering = asyncio.create_task(self._play(seen, writer))
        watching = asyncio.create_task(reader.more())
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and watching.result() is False:
                seen.disconnected = time.monotonic()
                raise Ended
            await answering
            seen.answered = time.monotonic()
        finally:
            for task in (answering, watching):
                task.cancel()
            await asyncio.gather(answering, watching, return_exceptions=True)

    async def _play(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        acts = self.answer(seen)
        try:
            async for act in acts:
                if isinstance(act, bytes):
                    seen.first_byte = seen.first_byte or time.monotonic()
                    writer.write(act)
                    await writer.drain()
                elif isinstance(act, Act):
                    await _break(act, writer)
                elif act > 0:
                    await asyncio.sleep(act)
        finally:
            await acts.aclose()


async def _break(act: Act, writer: asyncio.StreamWriter) -> None:
    if act is HANG:
        await asyncio.Event().wait()
    if act is RESET:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    raise Ended


class _Reader:
    """Reads requests while remembering bytes that came while a reply was on its way."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._kept = b""

    async def more(self) -> bool:
        """True as soon as bytes lie ready, False at the client's end."""
        if not self._kept:
            with contextlib.suppress(ConnectionError):
                self._kept = await self._stream.read(4096)
        return bool(self._kept)

    async def until(self, mark: bytes, limit: int) -> bytes:
        while mark not in self._kept:
            chunk = await self._stream.read(65536)
            if not chunk or len(self._kept) > limit:
                raise Ended
            self._kept += chunk
        head, _, self._kept = self._kept.partition(mark)
        return head

    async def exactly(self, size: int) -> bytes:
        while len(self._kept) < size:
            chunk = await self._stream.read(65536)
            if not chunk:
                raise Ended
            self._kept += chunk
        data, self._kept = self._kept[:size], self._kept[size:]
        return data


def head(status: int, headers: Mapping[str, str]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{lines}\r\n".encode("latin-1")


def plain(status: int, body: object, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole reply; anything but bytes and text travels as JSON."""
    is_raw = isinstance(body, bytes | str)
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    kind = "text/plain" if is_raw else "application/json"
    return head(status, {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}) + data


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; empty data ends the body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
