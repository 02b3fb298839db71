"""Conditional and partial requests: ETags, `If-None-Match`, `Range` (RFC 9110), `Repr-Digest` (RFC 9530)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Response

from app.api import catalogue
from app.api.problems import ApiProblem
from app.domain import sha256

_ETAG = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


def weak_etag(version: int) -> str:
    """The ETag of a resource that has a version number."""
    return f'W/"{version}"'


def strong_etag(digest: str) -> str:
    """The ETag of bytes, by their hash."""
    return f'"{digest}"'


def matches(header: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` header names `etag`, by the weak comparison; a broken header names none."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    tags, at = [], 0
    while at < len(header):
        found = _ETAG.match(header, at)
        if found is None:
            return False
        tags.append(found[1])
        at = found.end()
    return etag.removeprefix("W/") in tags


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` to `stop`, `stop` not included."""

    start: int
    stop: int


def byte_range(header: str | None, size: int) -> ByteRange | None:
    """The one range a `Range` header asks for; None where the whole is to be sent.

    Several ranges, other units and broken headers are ignored, as RFC 9110 §14.2 allows.
    Raises ApiProblem (416) for a range outside the content.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        wanted = ByteRange(max(0, size - int(last)), size)
    else:
        wanted = ByteRange(int(first), min(int(last) + 1, size) if last else size)
        if last and int(last) < int(first):
            return None
    if wanted.start >= size or wanted.stop <= wanted.start:
        raise ApiProblem(
            catalogue.RANGE_NOT_SATISFIABLE,
            f"the content has {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return wanted


def repr_digest(data: bytes) -> str:
    """The `Repr-Digest` field of a representation."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256(data))).decode()}:"


def bytes_response(headers: Mapping[str, str], data: bytes, *, media_type: str, name: str) -> Response:
    """`data` as a download under `name`: whole, a range of it, or 304, as the request's headers ask.

    The bytes may come from a model: a browser must neither guess their type nor run them.
    """
    etag = strong_etag(sha256(data))
    common = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Repr-Digest": repr_digest(data),
        "Content-Disposition": _attachment(name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if matches(headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={k: common[k] for k in ("ETag", "Cache-Control")})
    condition = headers.get("if-range")
    part = byte_range(headers.get("range"), len(data)) if condition in (None, etag) else None
    if part is None:
        return Response(data, headers=common, media_type=media_type)
    common["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], 206, headers=common, media_type=media_type)


def _attachment(name: str) -> str:
    base = name.rsplit("/", 1)[-1] or "download"
    plain = "".join(c if " " <= c <= "~" and c not in '%"\\' else "_" for c in base)
    if plain == base:
        return f'attachment; filename="{plain}"'
    encoded = quote(base.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
