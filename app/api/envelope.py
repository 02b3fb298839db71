"""The envelope of every exchange: request ids, the guard against foreign pages, the last net for errors."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import catalogue
from app.api.problems import ApiProblem

_log = structlog.get_logger("jr.api")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Envelope:
    """Gives each request an id, refuses what a foreign page sent, and turns a crash into a problem.

    `open_door` says that no keys are set: then what came in from the network is refused, whoever started the
    server, and so is a host name that DNS could point here, so that no page on the web can reach the service
    through its visitor's browser.
    """

    def __init__(self, app: ASGIApp, *, open_door: bool) -> None:
        self._app = app
        self._open_door = open_door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_sealed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                sealed = MutableHeaders(scope=message)
                sealed["X-Request-ID"] = request_id
                sealed.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                self._admit(scope, headers)
                await self._app(scope, receive, send_sealed)
            except ApiProblem as refused:
                await refused.response(request_id)(scope, receive, send_sealed)
            except Exception:
                _log.exception("request failed", method=scope["method"], path=scope["path"])
                if started:
                    raise
                problem = ApiProblem(catalogue.INTERNAL, catalogue.INTERNAL.advice)
                await problem.response(request_id)(scope, receive, send_sealed)

    def _admit(self, scope: Scope, headers: Mapping[str, str]) -> None:
        local = is_local_name(headers.get("host", "")) and not is_network(scope.get("server"))
        if self._open_door and not local:
            raise ApiProblem(catalogue.MISDIRECTED, catalogue.MISDIRECTED.advice)
        if scope["method"] not in _SAFE_METHODS and is_cross_site(headers):
            raise ApiProblem(catalogue.CROSS_SITE, catalogue.CROSS_SITE.advice)


def is_local_name(host: str) -> bool:
    """Whether a `Host` is an address, `localhost`, or a name without a dot: no public DNS name is."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if "." not in name or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_network(server: Sequence[object] | None) -> bool:
    """Whether a connection came in on an address that other machines can reach."""
    try:
        return server is not None and not ipaddress.ip_address(str(server[0])).is_loopback
    except ValueError:
        return False


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that the request comes from another site's page; programs say nothing."""
    if headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex
