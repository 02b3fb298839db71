"""Edits that carry their bytes: SEARCH/REPLACE markers and unified diffs, and blocks that leave text out.

Every function takes a block's lines and gives back what stands in them, with line offsets from the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.instruction.paths import as_path, as_weak_path

_SEARCH = re.compile(r"\s*<{5,9} ?SEARCH\b", re.IGNORECASE)
_DIVIDER = re.compile(r"\s*={5,9}\s*$")
_END = re.compile(r"\s*>{5,9} ?REPLACE\b", re.IGNORECASE)
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_REMARK = r"^\s*(?:#+|//+|/\*+|<!--|--|;+|\{/\*|%)\s*"
_CLOSE_REMARK = r"\s*(?:\*/\}?|-->)?\s*$"
_LEFT_OUT = (
    r"(?:code|imports?|methods?|functions?|routes?|fields?|logic|implementation|contents?|file|class|"
    r"module|script|"
    r"lines?|config(?:uration)?|settings?|body|entries|columns|endpoints|handlers|tests?|setup|items|"
    r"services)"
)
_ELISION = re.compile(
    rf"{_REMARK}[\[(]?(?:\.\.\.+|…)\s*[\])]?{_CLOSE_REMARK}|"
    rf"{_REMARK}[\[(]?(?:\.\.\.+|…)\s*\(?(?:the\s+|all\s+)?(?:rest|existing|remaining|other|previous|"
    rf"same|unchanged|keep|"
    r"omitted|more|as\s+before|your|snip)\b|"
    rf"{_REMARK}[\[(]?(?:keep\s+|leave\s+)?(?:the\s+|all\s+|your\s+)*(?:rest\s+of\s+(?:the\s+|"
    rf"your\s+)?(?:existing\s+)?|existing\s+|"
    rf"remaining\s+|previous\s+|other\s+existing\s+){_LEFT_OUT}(?:\s+{_LEFT_OUT})?(?:\s+(?:here|above|"
    rf"below|stays?|remains?|is|are|"
    rf"unchanged|continues?|goes|as|before|the|same|untouched|unmodified|"
    rf"follows?))*\s*[\])]?[.:…]*\s*[\])]?{_CLOSE_REMARK}|"
    rf"^\s*(?:\.\.\.+|…)\s*\(?\[?(?:the\s+)?(?:rest|existing|remaining|previous|same|unchanged)\b|"
    rf"^\s*[\[(](?:\.\.\.+|…)?\s*(?:the\s+)?(?:rest\s+of|existing)\b[^\n]{{0,60}}[\])]\s*$",
    re.IGNORECASE,
)

LONGEST_REMARK = 200
"""A longer line is code, not a remark that code was left out."""


@dataclass(frozen=True, slots=True)
class Change:
    """Search and replace texts without their final newline, and the offsets of their first and last line."""

    first: int
    last: int
    search: str
    replace: str
    path: str | None = None
    format: str = "search_replace"


def search_replace(lines: Sequence[str]) -> tuple[tuple[Change, ...], tuple[int, ...]]:
    """The SEARCH/REPLACE edits in `lines`, and the offsets of markers that belong to none."""
    changes: list[Change] = []
    stray: list[int] = []
    start: int | None = None
    divider: int | None = None
    for number, line in enumerate(lines):
        if _SEARCH.match(line):
            if start is not None:
                stray.append(start)
            start, divider = number, None
        elif start is not None and divider is None and _DIVIDER.match(line):
            divider = number
        elif _END.match(line):
            if start is None or divider is None:
                stray.append(number if start is None else start)
            else:
                search, text = "\n".join(lines[start + 1 : divider]), "\n".join(lines[divider + 1 : number])
                changes.append(Change(start, number, search, text))
            start = divider = None
    if start is not None:
        stray.append(start)
    return tuple(changes), tuple(stray)


def has_search_markers(lines: Sequence[str]) -> bool:
    return any("<<<<<" in line and _SEARCH.match(line) for line in lines)


def is_unified_diff(lang: str, lines: Sequence[str]) -> bool:
    return lang in ("diff", "patch", "udiff") or (
        any(line.startswith("--- ") for line in lines) and any(_HUNK.match(line) for line in lines)
    )


@dataclass(frozen=True, slots=True)
class Patch:
    """What a unified diff says of one file. `created` holds the text of a new file."""

    path: str | None
    changes: tuple[Change, ...]
    created: str | None = None


def unified_diff(lines: Sequence[str]) -> tuple[Patch, ...]:
    """The files of a unified diff with their hunks as edits; a diff without headers has the path None."""
    patches: list[Patch] = []
    start = 0
    headers = [
        n for n, line in enumerate(lines[:-1]) if line.startswith("--- ") and lines[n + 1].startswith("+++ ")
    ]
    for begin, end in zip(headers, [*headers[1:], len(lines)], strict=False):
        patches.append(_patch(lines, begin, end))
        start = end
    if not headers:
        changes = _hunks(lines, 0, len(lines))
        patches.append(Patch(None, changes))
    return tuple(patches) if start or not headers else ()


def _patch(lines: Sequence[str], begin: int, end: int) -> Patch:
    old, new = (_header_path(lines[n]) for n in (begin, begin + 1))
    changes = _hunks(lines, begin + 2, end)
    if old is None and new is not None:
        return Patch(new, (), created="".join(f"{c.replace}\n" for c in changes))
    return Patch(new or old, changes)


def _header_path(line: str) -> str | None:
    name = line[4:].split("\t", maxsplit=1)[0].strip().strip('"')
    if name == "/dev/null":
        return None
    if name[:2] in ("a/", "b/"):
        name = name[2:]
    return as_path(name, quoted=True) or as_weak_path(name) or name or None


def _hunks(lines: Sequence[str], begin: int, end: int) -> tuple[Change, ...]:
    changes: list[Change] = []
    old: list[str] = []
    new: list[str] = []
    first = begin
    for number in range(begin, end + 1):
        line = lines[number] if number < end else "@@"
        if line.startswith(("@@", "diff ", "index ", "Index:", "new file", "deleted file")):
            if old != new:
                changes.append(
                    Change(first, number - 1, "\n".join(old), "\n".join(new), format="unified_diff")
                )
            old, new, first = [], [], number
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif not line.startswith("\\"):
            old.append(line[1:])
            new.append(line[1:])
    return tuple(changes)


def elision(lines: Sequence[str]) -> int | None:
    """The offset of a line that stands for text left out (`# ... existing code ...`), or None."""
    return next(
        (n for n, line in enumerate(lines) if _may_elide(line) and _ELISION.match(line)),
        None,
    )


def _may_elide(line: str) -> bool:
    if len(line) > LONGEST_REMARK:
        return False
    return any(sign in line for sign in ("...", "…", "xisting", "est of", "emaining", "revious"))
