"""One connection to a server: HTTP/1.1 as h11 reads it, over an asyncio transport."""

from __future__ import annotations

import asyncio
import select
from http import HTTPStatus
from typing import cast

import h11
import httpx2 as httpx

_HEAD_LIMIT = 100 * 1024
_UNREAD_LIMIT = 256 * 1024
_AT_ONCE = 64 * 1024


class StaleConnection(httpx.RemoteProtocolError):
    """A connection kept from an earlier request ended before a byte of the reply came: try a new one."""


class Connection(asyncio.Protocol):
    """One request and its reply after another. Raises httpx's errors, and `StaleConnection`.

    What came before the connection broke is read before the error is raised. Reading pauses while
    `_UNREAD_LIMIT` bytes lie unread, and the loop has a turn for each `_AT_ONCE` bytes. `since` is when it
    was last given back, in the loop's seconds.
    """

    def __init__(self) -> None:
        self.since = 0.0
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._unread = bytearray()
        self._heard = self._renewed = self._paused = self._ended = self._lost = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._full: asyncio.Future[None] | None = None

    @property
    def is_quiet(self) -> bool:
        """True while the server neither ended it nor says what nobody asked for."""
        if self._ended or self._unread:
            return False
        unseen = select.poll()
        unseen.register(self._wire.get_extra_info("socket"), select.POLLIN)
        return not unseen.poll(0)

    async def send(self, request: httpx.Request, body: bytes, *, write_s: float) -> None:
        """Sends it whole. A server that stops listening may have answered: that is seen in reading."""
        method, target = request.method, request.url.raw_path
        try:
            head = h11.Request(method=method, target=target, headers=request.headers.raw)
            parts = [self._http.send(part) for part in (head, h11.Data(body), h11.EndOfMessage())]
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        self._heard = False
        self._wire.write(b"".join(part or b"" for part in parts))
        if self._full is not None:
            try:
                async with asyncio.timeout(write_s):
                    await self._full
            except TimeoutError as error:
                raise httpx.WriteTimeout(f"the server took no more within {write_s:g} s") from error

    async def head(self) -> h11.Response:
        """The head of the reply, after any interim ones."""
        try:
            while not isinstance(event := await self._event(), h11.Response):
                pass
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if self._renewed and not self._heard:
                raise StaleConnection(str(error)) from error
            raise
        return event

    async def piece(self) -> bytes | None:
        """The next piece of the body, None at its end."""
        event = await self._event()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def _event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                data = await self._read()
                if not data and self._http.their_state is h11.SEND_RESPONSE:
                    raise httpx.RemoteProtocolError("the server closed the connection without a reply")
                self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                why = f"the head of the reply is longer than {_HEAD_LIMIT} bytes, or no HTTP"
                raise httpx.RemoteProtocolError(why) from None
            raise httpx.RemoteProtocolError(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        return event

    def renew(self) -> bool:
        """Makes it ready for another request; False where the last exchange did not end as it should."""
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not done or self._ended or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        self._renewed = True
        return True

    def close(self) -> None:
        """Closes it at once, and lets nobody wait for more."""
        if not self._lost:
            self._wire.abort()

    async def _read(self) -> bytes:
        """What came since, and nothing at the end."""
        if not self._unread and not self._ended:
            self._reader = self._loop.create_future()
            await self._reader
        else:
            await asyncio.sleep(0)
        if not self._unread and self._error is not None:
            raise self._error
        data = bytes(self._unread[:_AT_ONCE])
        del self._unread[:_AT_ONCE]
        if self._paused and not self._unread:
            self._paused = False
            self._wire.resume_reading()
        return data

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._wire.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._heard = True
        if len(self._unread) > _UNREAD_LIMIT and not self._paused:
            self._paused = True
            self._wire.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost, self._error = True, error
        self._end()

    def _end(self) -> None:
        """The server says nothing more, and has no use for the rest of a request."""
        self._ended = True
        _wake(self._reader)
        _wake(self._full)

    def pause_writing(self) -> None:
        self._full = self._loop.create_future()

    def resume_writing(self) -> None:
        _wake(self._full)
        self._full = None


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
