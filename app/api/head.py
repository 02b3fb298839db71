"""HEAD: what GET would answer, without the body (RFC 9110 §9.3.2), for every resource that has a GET."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _Answered(OSError):
    """The headers are out and nothing else is wanted: a stream ends by it as by a closed connection."""


class Head:
    """Lets the application answer a GET and sends the first half."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _Answered
            await send(message)

        try:
            await self._app({**scope, "method": "GET", "headers": _whole(scope)}, receive, send_head)
        except (_Answered, ClientDisconnect):
            return


def _whole(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers without `Range`, which is for GET alone (RFC 9110 §14.2)."""
    return [(name, value) for name, value in scope["headers"] if name != b"range"]
