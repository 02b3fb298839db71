"""Fences: where a fenced block of a reply begins and ends.

CommonMark decides, with one addition that models need: a block opened by three backticks may hold blocks
opened by three backticks, if each of them has its own end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FENCE = re.compile(
    r"([ \t]*+(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?)(`{3,}+(?=[^`\n]*+$)|~{3,}+)([^\n]*+)$", re.MULTILINE
)
_SHORT = "```"
_TAB = 4
_DEEPER = 4
"""Columns by which a line is too deep to close a fence, or to open one, for CommonMark."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One fence line: offsets of the line (its line end left out), its column, its run of marks, its info."""

    start: int
    end: int
    column: int
    marks: str
    info: str
    bulleted: bool


@dataclass(frozen=True, slots=True)
class Fenced:
    """A fenced block: the offsets of its whole and of its contents. `closed` is False for one the reply's
    end cuts.
    """

    opener: Fence
    start: int
    end: int
    inner_end: int
    closed: bool

    @property
    def inner_start(self) -> int:
        return min(self.opener.end + 1, self.inner_end)


def fence_lines(text: str, *, most: int) -> tuple[Fence, ...]:
    """The first `most` lines of the text that look like fences."""
    found: list[Fence] = []
    at, ticks, tildes = 0, text.find("```"), text.find("~~~")
    while (ticks >= 0 or tildes >= 0) and len(found) < most:
        mark = ticks if tildes < 0 or 0 <= ticks < tildes else tildes
        start = text.rfind("\n", at, mark) + 1 or at
        fence = _fence_at(text, start)
        if fence:
            found.append(fence)
        at = text.find("\n", mark)
        if at < 0:
            break
        ticks = text.find("```", at) if 0 <= ticks < at else ticks
        tildes = text.find("~~~", at) if 0 <= tildes < at else tildes
    return tuple(found)


def _fence_at(text: str, start: int) -> Fence | None:
    match = _FENCE.match(text, start)
    if match is None:
        return None
    prefix, marks, info = match.groups()
    return Fence(start, match.end(), len(prefix.expandtabs(_TAB)), marks, info.strip(), bool(prefix.strip()))


class Fences:
    """The fence lines of a text, to be asked where a block ends."""

    def __init__(self, text: str, lines: Sequence[Fence]) -> None:
        self._text = text
        self._lines = lines
        self._index = {line.start: i for i, line in enumerate(lines)}
        self._hints = True  # until they fail once: each block would read on to the reply's end

    def opening_at(self, start: int) -> Fence | None:
        """The fence line that begins at this offset."""
        index = self._index.get(start)
        return None if index is None else self._lines[index]

    def block(self, opener: Fence, *, prose: bool) -> Fenced:
        """The block this line opens. `prose` says that its contents are prose, which may hold fences of its
        own.
        """
        end = self._closing(opener, prose=prose)
        if end is None:
            return Fenced(opener, opener.start, len(self._text), len(self._text), closed=False)
        return Fenced(opener, opener.start, end.end, end.start, closed=True)

    def _closing(self, opener: Fence, *, prose: bool) -> Fence | None:
        first = self._index[opener.start] + 1
        if opener.marks != _SHORT:
            return next((line for line in self._about(opener, first) if not line.info), None)
        if not prose:
            return self._balanced(opener, first) or self._last(opener, first)
        hinted = self._balanced(opener, first, hints=True) if self._hints else None
        self._hints = hinted is not None
        return hinted or self._balanced(opener, first)

    def _about(self, opener: Fence, first: int) -> Iterator[Fence]:
        for i in range(first, len(self._lines)):
            if _concerns(self._lines[i], opener):
                yield self._lines[i]

    def _balanced(self, opener: Fence, first: int, *, hints: bool = False) -> Fence | None:
        """The fence that closes the opener once every block begun inside it has its own end."""
        depth = 0
        for line in self._about(opener, first):
            if line.info or (hints and not depth and self._begins_a_block(line)):
                depth += 1
            elif depth:
                depth -= 1
            else:
                return line
        return None

    def _begins_a_block(self, line: Fence) -> bool:
        """True where a bare fence has text directly below and none, or an announcement, directly above."""
        text = self._text
        above = text[max(0, line.start - 2) : line.start]
        below = text[line.end + 1 : line.end + 2]
        return below not in ("", "\n", "`", "~") and (above == "\n\n" or above.startswith(":"))

    def _last(self, opener: Fence, first: int) -> Fence | None:
        """A bare fence that is the reply's last line closes a block of code even if fences inside do not
        pair.
        """
        last = self._lines[-1]
        ends_here = len(self._lines) > first and not last.info and not self._text[last.end :].strip()
        return last if ends_here and _concerns(last, opener) else None


def _concerns(line: Fence, opener: Fence) -> bool:
    """True for a line that may close this opener's block, or open or close one inside it."""
    same = line.marks[0] == opener.marks[0] and len(line.marks) >= len(opener.marks)
    return same and line.column < opener.column + _DEEPER and not (line.bulleted and not line.info)
