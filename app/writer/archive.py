"""A zip of a task's files: the same files give the same bytes on every machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from app.writer.errors import PathRefused
from app.writer.names import fault, normal

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of (path, bytes) pairs, sorted; not compressed, since each zlib compresses in its own way.

    Absolute paths lie under `_root/`. Raises PathRefused on a path that would not stay where it is unpacked.
    """
    named = dict(files)
    for path in named:
        if found := fault(normal(path)):
            raise PathRefused(found.code, found.detail, path)
    under = _free_name(named)
    entries = sorted(
        (f"{under}{path}" if path.startswith("/") else normal(path), named[path]) for path in named
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            archive.writestr(_info(name, data), data)
    return packed.getvalue()


def _free_name(paths: Iterable[str]) -> str:
    """`_root`, or with more underscores where a relative path starts so."""
    taken = {normal(path).split("/")[0].casefold() for path in paths}
    name = "_root"
    while name in taken:
        name = f"_{name}"
    return name


def _info(name: str, data: bytes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = _UNIX
    info.external_attr = (0o100755 if data.startswith(b"#!") else 0o100644) << 16
    return info
