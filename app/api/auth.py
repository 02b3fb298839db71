"""Who calls: the service's keys, as Bearer token, `X-API-Key`, or Basic password for browsers."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.api import catalogue
from app.api.problems import ApiProblem
from app.domain import sha256

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="One of the service's keys.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="api_key", description="The same key.")


def caller_of(presented: str | None, keys: frozenset[str]) -> str | None:
    """The caller's identity: the hash of its key, "" where the service is open, None for a stranger."""
    if not keys:
        return ""
    if presented is None:
        return None
    candidate = presented.encode("utf-8", "replace")
    known = [hmac.compare_digest(candidate, key.encode()) for key in keys]
    return sha256(presented)[:16] if any(known) else None


async def require_key(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
) -> str:
    """The caller of an API request. Raises ApiProblem (401)."""
    caller = caller_of(bearer.credentials if bearer else header, request.state.services.keys)
    if caller is None:
        raise _unauthenticated("Bearer")
    return caller


async def require_page_key(request: Request) -> str:
    """The caller behind a browser, which asks its user for a password: the key, under any name."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    presented = value if scheme.lower() == "bearer" else request.headers.get("x-api-key")
    if scheme.lower() == "basic":
        presented = _basic_password(value)
    caller = caller_of(presented, request.state.services.keys)
    if caller is None:
        raise _unauthenticated('Basic realm="Jr: any name, a key as password", charset="UTF-8"')
    return caller


def _basic_password(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


def _unauthenticated(challenge: str) -> ApiProblem:
    return ApiProblem(
        catalogue.UNAUTHENTICATED, catalogue.UNAUTHENTICATED.advice, headers={"WWW-Authenticate": challenge}
    )


Caller = Annotated[str, Depends(require_key)]
