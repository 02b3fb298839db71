"""Blocks inside list items and quotes: they end with their container at the latest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.instruction.containers import QUOTE, Containers, descend, untabbed
from app.instruction.fences import FenceLines, Opening, closes, may_fence, opening, without_indent


class Contained(NamedTuple):
    """The last line of a block, its body, and how it ended."""

    last: int
    body: Sequence[str]
    closed: bool = True
    repaired: bool = False


class Item:
    """A block that opens on line `index` inside `containers`; `margin` is the column of its fence."""

    def __init__(
        self, marks: FenceLines, index: int, opened: Opening, containers: Containers, margin: int
    ) -> None:
        self.marks = marks
        self.lines = marks.lines
        self.index = index
        self.opened = opened
        self.containers = containers
        self.margin = margin

    def read(self, stop: int) -> Contained:
        body: list[str] = []
        for at in range(self.index + 1, stop):
            line = untabbed(self.lines[at])
            if not line or line.isspace():
                if QUOTE in self.containers:
                    return Contained(at - 1, body, closed=False)
                body.append(without_indent(line, self.margin))
                continue
            position, kept = descend(line, self.containers)
            if kept < len(self.containers):
                return self._pasted(at, stop) or self._cut(body)
            candidate = opening(line, position) if "```" in line or "~~~" in line else None
            if closes(candidate, self.opened):
                return self._nested(stop) or Contained(at, body)
            body.append(without_indent(line[position:], self.opened.indent))
        return self._cut(body)

    def _cut(self, body: list[str]) -> Contained:
        """A block that ended with its container; the blank lines at its end are not its own."""
        while body and not body[-1].strip():
            body.pop()
        return Contained(self.index + len(body), body, closed=False)

    def _pasted(self, at: int, stop: int) -> Contained | None:
        """A block whose lines were pasted without the item's indentation.

        CommonMark ends such a block with its list item; authors forget to indent the code, not the fence.
        """
        found = next((self.marks.numbers[n] for n in self.marks.after(at - 1)), stop)
        if QUOTE in self.containers or found >= stop:
            return None
        line = untabbed(self.lines[found])
        indent = len(line) - len(line.lstrip())
        if indent != self.margin or not closes(opening(line, indent), self.opened):
            return None
        return Contained(found, self.lines[self.index + 1 : found])

    def _nested(self, stop: int) -> Contained | None:
        """The whole block, where fences are nested in it: its container's text is read as a document."""
        if not self.marks.may_nest(self.opened):
            return None
        inside = [self.opened.run + self.opened.info, *self._inside(stop)]
        marks = FenceLines(inside, [n for n, line in enumerate(inside) if may_fence(line)])
        marks.allowance = self.marks.allowance
        end, repaired = marks.closing(0, self.opened, len(inside))
        self.marks.allowance = marks.allowance - len(inside)
        if end is None or not repaired:
            return None
        body = [without_indent(line, self.opened.indent) for line in inside[1:end]]
        return Contained(self.index + end, body, repaired=True)

    def _inside(self, stop: int) -> list[str]:
        """The lines below the opening fence to the end of the container, without what the container adds."""
        inside: list[str] = []
        outside = self.margin - self.opened.indent
        for at in range(self.index + 1, min(stop, self.index + 1 + self.marks.allowance)):
            line = untabbed(self.lines[at])
            blank = not line or line.isspace()
            position, kept = descend(line, self.containers)
            if kept < len(self.containers) and (not blank or QUOTE in self.containers):
                break
            inside.append(without_indent(line, outside) if blank else line[position:])
        return inside
