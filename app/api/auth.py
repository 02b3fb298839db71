"""Who calls: the service's keys, as Bearer token, `X-API-Key`, or Basic password for browsers."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer

from app.api import catalogue
from app.api.problems import ApiProblem
from app.api.services import Services, Wired
from app.domain import sha256

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="One of the service's keys.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="api_key", description="The same key.")


def caller_of(presented: bytes | None, keys: frozenset[str]) -> str | None:
    """The caller's identity: the hash of its key, "" where the service is open, None for a stranger."""
    if not keys:
        return ""
    if presented is None:
        return None
    known = [hmac.compare_digest(presented, key.encode()) for key in keys]
    return sha256(presented)[:16] if any(known) else None


def presented(request: Request) -> bytes | None:
    """The key a request brings, as its bytes came; where there is an `Authorization`, that decides."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        key = request.headers.get("x-api-key")
        return None if key is None else key.encode("latin-1")
    scheme, _, value = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip().encode("latin-1")
        case "basic":
            return _password(value)
        case _:
            return None


async def require_key(
    request: Request,
    services: Wired,
    _bearer_documented: Annotated[object, Depends(_bearer)],
    _header_documented: Annotated[object, Depends(_header)],
) -> str:
    """The caller of an API request. Raises ApiProblem (401)."""
    return _caller(request, services, "Bearer")


async def require_page_key(request: Request, services: Wired) -> str:
    """The caller behind a browser, which asks its user for a password: the key, under any name."""
    return _caller(request, services, 'Basic realm="Jr: any name, a key as password", charset="UTF-8"')


def _caller(request: Request, services: Services, challenge: str) -> str:
    caller = caller_of(presented(request), services.keys)
    if caller is None:
        advice = catalogue.UNAUTHENTICATED.advice
        raise ApiProblem(catalogue.UNAUTHENTICATED, advice, headers={"WWW-Authenticate": challenge})
    return caller


def _password(credentials: str) -> bytes | None:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None


Caller = Annotated[str, Depends(require_key)]
