"""Hollow code: Python functions whose bodies only say what they would do, which a model has to write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

_DEF = re.compile(r"(?P<indent>\s*)(?:async\s+)?def\s+\w+")
_ABSTRACT = re.compile(r"\bProtocol\b|@(?:\w+\.)?(?:abstractmethod|overload)\b|\bABC\b")
_QUOTES = ('"""', "'''")
_PYTHON = frozenset({"python", "python3", "py"})

LONGEST_SIGNATURE = 40
"""Lines from `def` to its colon."""


def is_hollow(lang: str, lines: Sequence[str]) -> bool:
    """True where at least half of a block's functions hold a docstring, a remark or `...` and nothing else.

    A lone `pass` is code that does nothing, and meant to. Protocols and abstract classes are meant to be so.
    """
    if lang not in _PYTHON or any(_ABSTRACT.search(line) for line in lines):
        return False
    starts = [n for n, line in enumerate(lines) if _DEF.match(line)]
    empty = sum(_is_empty(lines, start) for start in starts)
    return bool(starts) and 2 * empty >= len(starts)


def _is_empty(lines: Sequence[str], start: int) -> bool:
    head = _DEF.match(lines[start])
    indent = len(head.group("indent")) if head else 0
    last = min(start + LONGEST_SIGNATURE, len(lines))
    end = next((n for n in range(start, last) if lines[n].split("#")[0].rstrip().endswith(":")), None)
    if end is None:
        return lines[start].rstrip().endswith("...")
    inside = (lines[n] for n in range(end + 1, len(lines)))
    below = takewhile(lambda line: not line.strip() or _indent(line) > indent, inside)
    body = [line.strip() for line in below if line.strip()]
    return body not in ([], ["pass"]) and all(_says_nothing(line) for line in _without_docstring(body))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _without_docstring(body: Sequence[str]) -> Sequence[str]:
    """The body's lines after its docstring."""
    written = [line for line in body if line]
    if not written or not written[0].startswith(_QUOTES):
        return written
    quotes = written[0][:3]
    if written[0].count(quotes) > 1:
        return written[1:]
    end = next((n for n, line in enumerate(written[1:], 1) if quotes in line), len(written))
    return written[end + 1 :]


def _says_nothing(line: str) -> bool:
    return line in ("...", "pass") or line.startswith("#")
