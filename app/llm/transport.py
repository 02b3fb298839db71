"""HTTP/1.1 over asyncio below the httpx API: lean, for a task's calls are many and their pieces are more.

Connections are as many as there are requests at once: whoever sends them bounds them.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2 as httpx
from aiohappyeyeballs import AddrInfoType, start_connection

from app.llm.connection import Connection

_NEXT_ADDRESS_S = 0.25
_PORTS = {"http": 80, "https": 443}
_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="names")
_Origin = tuple[str, str, int]


class Transport(httpx.AsyncBaseTransport):
    """Sends requests, each on a connection of its own that is kept `keep_s` seconds for a later one.

    `connect_s` bounds the connecting with its TLS handshake, `write_s` the wait until the server takes more
    of a request. A request that is cancelled, or whose reply is not read to its end, closes its connection.
    Raises httpx's errors and `StaleConnection`.
    """

    def __init__(self, *, tls: ssl.SSLContext, connect_s: float, write_s: float, keep_s: float) -> None:
        self._tls = tls
        self._connect_s, self._write_s, self._keep_s = connect_s, write_s, keep_s
        self._kept: dict[_Origin, deque[Connection]] = {}
        self._open: set[Connection] = set()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = _origin(request.url)
        connection = self._take(origin) or await self._connect(origin)
        try:
            await connection.send(request, await request.aread(), write_s=self._write_s)
            head = await connection.head()
        except BaseException:
            self._close(connection)
            raise
        return httpx.Response(
            head.status_code, headers=head.headers.raw_items(), stream=_Body(self, origin, connection)
        )

    def _take(self, origin: _Origin) -> Connection | None:
        """The kept connection that was used last; on the way, those that are no good any more are closed."""
        kept = self._kept.get(origin, deque())
        oldest = asyncio.get_running_loop().time() - self._keep_s
        while kept and kept[0].since < oldest:
            self._close(kept.popleft())
        while kept:
            connection = kept.pop()
            if connection.is_quiet:
                return connection
            self._close(connection)
        return None

    async def _connect(self, origin: _Origin) -> Connection:
        scheme, name, port = origin
        tls = self._tls if scheme == "https" else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_s):
                addresses = await _addresses(name, port)
                wire = await start_connection(addresses, happy_eyeballs_delay=_NEXT_ADDRESS_S)
                _, connection = await loop.create_connection(
                    Connection, sock=wire, ssl=tls, server_hostname=name if tls else None
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"no connection within {self._connect_s:g} s") from error
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(str(error) or "the server closed the connection") from error
        if self._closed:
            connection.close()
            raise httpx.ConnectError("the transport was closed meanwhile")
        self._open.add(connection)
        return connection

    def give_back(self, origin: _Origin, connection: Connection) -> None:
        """Keeps a connection whose reply was read to its end, and closes any other."""
        if self._keep_s and connection in self._open and connection.renew():
            connection.since = asyncio.get_running_loop().time()
            self._kept.setdefault(origin, deque()).append(connection)
        else:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close()

    async def aclose(self) -> None:
        self._closed = True
        self._kept.clear()
        for connection in tuple(self._open):
            self._close(connection)


class _Body(httpx.AsyncByteStream):
    """The body of a reply; closing it gives the connection back."""

    def __init__(self, transport: Transport, origin: _Origin, connection: Connection) -> None:
        self._transport, self._origin, self._connection = transport, origin, connection
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._connection.piece()) is not None:
            yield piece

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._transport.give_back(self._origin, self._connection)


def _origin(url: httpx.URL) -> _Origin:
    """Scheme, host and port of a server. Raises `httpx.UnsupportedProtocol`."""
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"it begins with {url.scheme or 'nothing'!r} where http is due")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


async def _addresses(name: str, port: int) -> Sequence[AddrInfoType]:
    """What a name leads to; threads of its own look it up, for the loop's may all be busy."""
    try:
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        look_up = partial(socket.getaddrinfo, name, port, type=socket.SOCK_STREAM)
        return await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
