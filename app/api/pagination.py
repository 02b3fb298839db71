"""Page tokens: opaque, bound to the filters of their listing, checked before they are used."""

from __future__ import annotations

import base64
import binascii
import hashlib

from app.api import catalogue
from app.api.problems import ApiProblem

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
_SEAL_BYTES = 9


def token_of(cursor: str, *filters: str | None) -> str:
    """A token for the page that starts after `cursor` in a listing with these filters."""
    data = cursor.encode()
    return base64.urlsafe_b64encode(_seal(data, filters) + data).decode().rstrip("=")


def cursor_of(token: str, *filters: str | None) -> str:
    """The cursor inside a token. Raises ApiProblem (400) for a foreign or changed one, or other filters."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        cursor = raw[_SEAL_BYTES:].decode()
    except (ValueError, binascii.Error):
        raise _foreign() from None
    if token_of(cursor, *filters) != token:
        raise _foreign()
    return cursor


def _foreign() -> ApiProblem:
    advice = catalogue.INVALID_PAGE_TOKEN.advice
    return ApiProblem(catalogue.INVALID_PAGE_TOKEN, advice, errors=(("/query/page_token", advice),))


def _seal(data: bytes, filters: tuple[str | None, ...]) -> bytes:
    """A checksum, no signature: it tells tokens of this listing from anything else, and hides nothing."""
    return hashlib.sha256(repr((data, filters)).encode()).digest()[:_SEAL_BYTES]
