"""Spoken names: which of several files the words around a block mean, as `the loader` means `loader.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.instruction.names import Name

_WORD = re.compile(r"[a-z][a-z0-9]{3,}")
_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.\-/]")


def spoken(names: Sequence[Name], lines: Iterable[str]) -> Name | None:
    """The one of `names` whose own words, those no other has, stand in `lines`; None where it is not one."""
    said = {word for line in lines for word in _WORD.findall(line.lower())}
    words = {name.path: _words(name.path) for name in names}
    shared = set.intersection(*words.values()) if len(words) > 1 else set()
    met = {path: len((own - shared) & said) for path, own in words.items()}
    best = max(met.values(), default=0)
    found = [name for name in names if best and met[name.path] == best]
    return found[0] if len({name.path for name in found}) == 1 else None


def _words(path: str) -> set[str]:
    """The words of a file's name and of its folder's."""
    parts = path.rsplit("/", maxsplit=2)[-2:]
    return {word.lower() for part in parts for word in _SPLIT.split(part) if _WORD.fullmatch(word.lower())}
