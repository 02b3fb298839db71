"""The one room that knows the HTTP client: connections to model servers, and Jr's own API for the CLI."""

from __future__ import annotations

import base64
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx2 as httpx

from app.llm.config import Clocks
from app.llm.errors import (
    BackendUnavailable,
    ConfigError,
    InvalidRequest,
    MalformedResponse,
    StreamInterrupted,
)

_KEEPALIVE_S = 3.0
_SPARE = 4
_POOL = 4
_BODY_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply whose body is still to come.

    `framed` tells that the server announced where the body ends, so that a clean end is a whole body.
    """

    status: int
    headers: Mapping[str, str]
    framed: bool
    body: AsyncIterator[bytes]

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def read(self, limit: int = _BODY_LIMIT) -> bytes:
        """The body up to `limit` bytes; what lies beyond is left unread."""
        data = bytearray()
        async for chunk in self.body:
            data += chunk
            if len(data) >= limit:
                break
        return bytes(data[:limit])


class _Path:
    """How far one request got: over a connection of its own, and to the head of its reply."""

    def __init__(self) -> None:
        self.connected = self.answered = False

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        self.connected |= event == "connection.connect_tcp.complete"


class Http:
    """The connections to one model server, and a few of their own for its probes.

    Every failure is raised as one of `app.llm.errors`; a call that is cancelled closes its connection.
    """

    def __init__(
        self, url: str, *, api_key: str | None, login: str | None = None, connections: int, clocks: Clocks
    ) -> None:
        self._url = url
        key = api_key or ""
        self._key_fits = key.isascii() and key.isprintable() and key == key.strip()
        self._headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "jr"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        elif login:
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        self._timeout = httpx.Timeout(
            connect=clocks(clocks.connect_s), write=clocks(clocks.write_s), read=None, pool=None
        ).as_dict()
        self._tls, self._closed = _tls(url), False
        pools = -(-connections // _POOL)
        self._kept = [self._pool(_POOL + _SPARE, kept=_POOL + _SPARE) for _ in range(pools)]
        self._busy = [0] * pools
        self._fresh = self._pool(connections + _SPARE, kept=0)

    def _pool(self, connections: int, *, kept: int) -> httpx.AsyncHTTPTransport:
        """The transport alone: a client around it adds redirects and cookies, and a tenth of the cost."""
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=kept, keepalive_expiry=_KEEPALIVE_S
        )
        return httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits)

    @asynccontextmanager
    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, fresh: bool = False
    ) -> AsyncIterator[Reply]:
        """Sends a JSON body; the reply is open within the context. `fresh` takes no kept connection."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        async with self._send("POST", url, headers=sent, content=body, fresh=fresh) as reply:
            yield reply

    @asynccontextmanager
    async def get(self, url: str) -> AsyncIterator[Reply]:
        """A probe: on a connection of its own, so that busy slots never starve it."""
        async with self._send("GET", url, headers={}, content=None, fresh=True) as reply:
            yield reply

    @asynccontextmanager
    async def _send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, fresh: bool
    ) -> AsyncIterator[Reply]:
        with self._pool_for(fresh=fresh) as pool:
            path = _Path()
            with self._named(path):
                if not self._key_fits:
                    why = "the API key holds characters that no header can carry"
                    raise ConfigError(why, server=self._url, key=True)
                extensions = {"trace": path.trace, "timeout": self._timeout}
                request = httpx.Request(
                    method, url, headers={**self._headers, **headers}, content=content, extensions=extensions
                )
                if not request.url.host:
                    raise httpx.InvalidURL("it names no host")
                response = await pool.handle_async_request(request)
            path.answered = True
            try:
                yield Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    framed="content-length" in response.headers or "transfer-encoding" in response.headers,
                    body=self._chunks(response, path),
                )
            finally:
                await response.aclose()

    @contextmanager
    def _pool_for(self, *, fresh: bool) -> Iterator[httpx.AsyncHTTPTransport]:
        """The connections for one request: of the small pools, which are quick to search, the least busy."""
        if self._closed:
            raise BackendUnavailable("the client was closed meanwhile", server=self._url)
        if fresh:
            yield self._fresh
            return
        index = min(range(len(self._busy)), key=self._busy.__getitem__)
        self._busy[index] += 1
        try:
            yield self._kept[index]
        finally:
            self._busy[index] -= 1

    async def _chunks(self, response: httpx.Response, path: _Path) -> AsyncIterator[bytes]:
        encoded = "content-encoding" in response.headers
        with self._named(path):
            async for chunk in response.aiter_bytes() if encoded else _stream(response):
                yield chunk

    @contextmanager
    def _named(self, path: _Path) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectTimeout as error:
            why = "the model server does not take connections"
            raise BackendUnavailable(why, server=self._url, unconnected=True) from error
        except httpx.ConnectError as error:
            why = f"the model server cannot be reached: {_root(error)}"
            raise BackendUnavailable(why, server=self._url, refused=True) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConfigError(f"not a URL of a model server: {error}", server=self._url) from error
        except httpx.LocalProtocolError as error:
            raise InvalidRequest(f"the request cannot be sent: {error}", server=self._url) from error
        except httpx.DecodingError as error:
            raise MalformedResponse(f"the body cannot be decoded: {error}", server=self._url) from error
        except (httpx.TransportError, httpx.StreamError) as error:
            why = _root(error) or type(error).__name__
            if path.answered:
                raise StreamInterrupted(f"the reply broke off: {why}", server=self._url) from error
            raise BackendUnavailable(
                f"the connection broke before a reply came: {why}",
                server=self._url,
                unanswered=True,
                stale=not path.connected,
            ) from error
        except RuntimeError as error:
            raise BackendUnavailable("the client was closed meanwhile", server=self._url) from error

    async def aclose(self) -> None:
        self._closed = True
        for pool in (*self._kept, self._fresh):
            await pool.aclose()


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    """The body as it comes over the wire."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise httpx.StreamError("the transport gave a stream that blocks")
    return response.stream


def _root(error: BaseException) -> str:
    """What the system said, below the words of each layer of the client."""
    while below := error.__cause__ or error.__context__:
        error = below
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError):
        return str(error)
    number = error.errno or 0
    return os.strerror(number).lower() if number > 0 else error.strerror or str(error)


def _tls(url: str) -> ssl.SSLContext | bool:
    """Plain HTTP needs no certificates, and loading them for each server takes a while."""
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ServiceUnreachable(Exception):
    """Jr's own service does not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class ApiReply:
    """What the service answered, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class ApiEvent:
    """One server-sent event; `data` is its JSON."""

    id: str
    type: str
    data: Any


class ApiClient:
    """Speaks to Jr's HTTP API, blocking, for the command line. Raises `ServiceUnreachable`."""

    def __init__(self, base_url: str, *, api_key: str | None = None, timeout_s: float = 90.0) -> None:
        headers = {"User-Agent": "jr-cli"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
        self._client = httpx.Client(
            base_url=base_url, headers=headers, timeout=timeout_s, trust_env=False, verify=_tls(base_url)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ApiReply:
        """One call: `json` or `content` is the body; the reply is given back whatever its status."""
        with _reaching():
            response = self._client.request(
                method, path, json=json, content=content, headers=dict(headers or {})
            )
        names = {name.lower(): value for name, value in response.headers.items()}
        return ApiReply(response.status_code, names, response.content)

    def events(self, path: str, *, after: int = 0) -> Iterator[ApiEvent]:
        """Server-sent events from `path`, from the one numbered `after` on, until the server ends them."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with _reaching(), self._client.stream("GET", path, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                raise ServiceUnreachable(f"no events at {path}: status {response.status_code}")
            for event in httpx.EventSource(response):
                if event.data:  # a retry hint comes as an event without any
                    yield ApiEvent(event.id, event.event, event.json())


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ServiceUnreachable(str(error) or type(error).__name__) from error
