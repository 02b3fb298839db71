"""Requests to model servers and what each failure of theirs means; and Jr's own API for the CLI."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Self

import httpx2 as httpx

from app.llm.config import Clocks
from app.llm.connection import StaleConnection
from app.llm.errors import (
    BackendUnavailable,
    ConfigError,
    InvalidRequest,
    LlmError,
    MalformedResponse,
    StreamInterrupted,
)
from app.llm.transport import Transport

_KEEP_S = 3.0
_PROBES = 4
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_BODY_LIMIT = 4 * 1024 * 1024
_CLOSED = "the client was closed meanwhile"


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
        self._closed = False
        transport = partial(
            Transport, tls=_tls(url), connect_s=clocks(clocks.connect_s), write_s=clocks(clocks.write_s)
        )
        self._kept, self._fresh = transport(keep_s=_KEEP_S), transport(keep_s=0.0)
        self._room = asyncio.Semaphore(connections + _PROBES)

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
        transport = self._fresh if fresh else self._kept
        async with self._room if fresh else nullcontext():
            with self._named(answered=False):
                request = self._request(method, url, headers, content)
                response = await transport.handle_async_request(request)
            try:
                yield Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    framed="content-length" in response.headers or "transfer-encoding" in response.headers,
                    body=self._chunks(response),
                )
            finally:
                await response.aclose()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Request:
        if self._closed:
            raise BackendUnavailable(_CLOSED, server=self._url)
        if not self._key_fits:
            why = "the API key holds characters that no header can carry"
            raise ConfigError(why, server=self._url, key=True)
        request = httpx.Request(method, _parsed(url), headers={**self._headers, **headers}, content=content)
        if not request.url.host:
            raise httpx.InvalidURL("it names no host")
        return request

    async def _chunks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        encoded = response.headers.get("content-encoding", "")
        if set(map(str.strip, encoded.lower().split(","))) - _ENCODINGS:
            why = f"the body is encoded as {encoded!r}, which was not asked for"
            raise MalformedResponse(why, server=self._url)
        with self._named(answered=True):
            async for chunk in response.aiter_bytes() if encoded else _stream(response):
                yield chunk

    @contextmanager
    def _named(self, *, answered: bool) -> Iterator[None]:
        try:
            yield
        except (httpx.RequestError, httpx.StreamError, httpx.InvalidURL) as error:
            raise self._error(error, answered=answered) from error

    def _error(self, error: Exception, *, answered: bool) -> LlmError:  # noqa: PLR0911 -- one for each meaning
        """What an error of httpx's means. `answered`: the head of a reply had come."""
        why, url = _root(error) or type(error).__name__, self._url
        match error:
            case _ if self._closed:
                return BackendUnavailable(_CLOSED, server=url)
            case httpx.ConnectTimeout():
                why = "the model server does not take connections"
                return BackendUnavailable(why, server=url, unconnected=True)
            case httpx.ConnectError():
                why = f"the model server cannot be reached: {why}"
                return BackendUnavailable(why, server=url, refused=True)
            case httpx.InvalidURL() | httpx.UnsupportedProtocol():
                return ConfigError(f"not a URL of a model server: {error}", server=url)
            case httpx.LocalProtocolError():
                return InvalidRequest(f"the request cannot be sent: {error}", server=url)
            case httpx.DecodingError():
                return MalformedResponse(f"the body cannot be decoded: {error}", server=url)
            case _ if answered:
                return StreamInterrupted(f"the reply broke off: {why}", server=url)
        why = f"the connection broke before a reply came: {why}"
        stale = isinstance(error, StaleConnection)
        return BackendUnavailable(why, server=url, unanswered=True, stale=stale)

    async def aclose(self) -> None:
        self._closed = True
        for transport in (self._kept, self._fresh):
            await transport.aclose()


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """A server has a handful of URLs, and each call would parse one anew."""
    return httpx.URL(url)


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    """The body as it comes over the wire."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise httpx.StreamError("the transport gave a stream that blocks")
    return response.stream


def _root(error: BaseException) -> str:
    """What the system said, below the words of each layer of the client."""
    while (below := _below(error)) and str(below):
        error = below
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError):
        return str(error)
    number = error.errno or 0
    return os.strerror(number).lower() if number > 0 else error.strerror or str(error)


def _below(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _tls(url: str) -> ssl.SSLContext:
    """Plain HTTP needs no certificates, and loading them for each server takes a while."""
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


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
