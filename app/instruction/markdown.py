"""Blocks: the fences, headings, edit regions and comments of a document, with their lines.

A scanner of its own, because a general parser's block pass is too slow for short-line documents of 1 MiB
(decision 0030); the tests hold its fences to markdown-it-py's. Line numbers are 1-based.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain import Span
from app.instruction.containers import Containers, descend, enter, survivors_of_a_blank_line, untabbed
from app.instruction.fences import FenceLines, Opening, may_fence, opening, without_indent
from app.instruction.items import Item

BOLD_LEVEL = 7
"""The level of a line that is bold from end to end: authors use it as a heading of the lowest rank."""

_INTERESTING = frozenset(" \t>*+-0123456789`~<#")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_BOLD = re.compile(r"(?:\[[ xX]\]\s+(?=\*\*(?i:step|task|phase)\b))?\*\*([^*]+)\*\*:?\s*$")
_SEARCH = re.compile(r"\s*<{5,9} ?SEARCH\b", re.IGNORECASE)
_REPLACE_END = re.compile(r"\s*>{5,9} ?REPLACE\b", re.IGNORECASE)
_HIDING = (("<!--", "-->"), ("<pre", "</pre>"), ("<script", "</script>"), ("<style", "</style>"))


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: the lines of its fences, its info string, and its body without container prefixes."""

    span: Span
    lang: str
    info: str
    body: tuple[str, ...]
    closed: bool = True
    repaired: bool = False

    @property
    def text(self) -> str:
        """The lines between the fences, each ended by a newline."""
        return "".join(f"{line}\n" for line in self.body)


@dataclass(frozen=True, slots=True)
class Heading:
    line: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Region:
    """SEARCH/REPLACE markers that stand outside every fence."""

    span: Span
    body: tuple[str, ...]
    fences: tuple[Fence, ...] = ()


@dataclass(slots=True)
class Document:
    """A document taken apart. HTML hides what is `hidden`; `stray` lines look like fences and are none."""

    lines: tuple[str, ...]
    fences: list[Fence] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)

    def line(self, number: int) -> str:
        return self.lines[number - 1]


def split(text: str) -> tuple[str, ...]:
    """The lines of a text, whatever its line ends; a byte order mark is no part of it."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def scan(text: str) -> Document:
    """Takes a document apart in time linear in its size; never raises."""
    document = Document(split(text))
    _Scanner(document).run(0, len(document.lines))
    return document


class _Scanner:
    """Walks the lines once, from block to block."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.lines
        self.marks = FenceLines(self.lines, [n for n, line in enumerate(self.lines) if may_fence(line)])
        self.region_ends = [
            n for n, line in enumerate(self.lines) if ">>>>>" in line and _REPLACE_END.match(line)
        ]
        self.hiding_ends: dict[str, list[int]] = {}

    def run(self, start: int, stop: int) -> None:
        containers: Containers = ()
        index = start
        while index < stop:
            line = self.lines[index]
            if not line or line[0] not in _INTERESTING:
                blank = not line or line.isspace()
                containers = survivors_of_a_blank_line(containers) if blank else ()
                index += 1
                continue
            index, containers = self._block(index, stop, untabbed(line), containers)

    def _block(self, index: int, stop: int, line: str, containers: Containers) -> tuple[int, Containers]:
        """Reads what stands on one line; returns the line after it and the containers open there."""
        if line.isspace():
            return index + 1, survivors_of_a_blank_line(containers)
        if line[0] == "#":
            self._heading(index, line, 0)
            return index + 1, ()
        position, kept = descend(line, containers)
        position, containers = enter(line, position, containers[:kept])
        fenced = "```" in line or "~~~" in line
        if not line.startswith("    ", position):
            opened = self._opening(index, line, position) if fenced else None
            if opened:
                return self._fence(index, stop, opened, containers, position), containers
            end = self._heading(index, line, position) or self._passage(index, stop, line, position)
            if end is not None:
                return end, containers
        elif fenced and line.lstrip().startswith(("```", "~~~")):
            self.document.stray.append(index + 1)
        return index + 1, containers

    def _opening(self, index: int, line: str, position: int) -> Opening | None:
        return opening(line, position) if position else self.marks.at.get(index)

    def _heading(self, index: int, line: str, position: int) -> int | None:
        match = _HEADING.match(line, position)
        if match:
            title = line[match.end() :].strip().rstrip("#").strip()
            self.document.headings.append(Heading(index + 1, len(match.group(1)), title))
            return index + 1
        bold = _BOLD.match(line, position) if line.startswith(("**", "["), position) else None
        if bold:
            self.document.headings.append(Heading(index + 1, BOLD_LEVEL, bold.group(1).strip()))
            return index + 1
        return None

    def _passage(self, index: int, stop: int, line: str, position: int) -> int | None:
        """Spans that are no prose: edit regions and what HTML hides."""
        position = len(line) - len(line[position:].lstrip())
        if not line.startswith("<", position):
            return None
        if _SEARCH.match(line, position):
            return self._region(index, stop)
        lowered = line[position : position + 8].lower()
        for start_tag, end_tag in _HIDING:
            if lowered.startswith(start_tag):
                end = self._hiding_end(index, stop, end_tag)
                if end is not None:
                    self.document.hidden.append(Span(index + 1, end + 1))
                    return end + 1
        return None

    def _hiding_end(self, index: int, stop: int, tag: str) -> int | None:
        if tag not in self.hiding_ends:
            self.hiding_ends[tag] = [n for n, line in enumerate(self.lines) if tag in line.lower()]
        return _first(self.hiding_ends[tag], index, stop)

    def _region(self, index: int, stop: int) -> int | None:
        """An edit outside every fence, with the fences that stand inside its texts."""
        end = _first(self.region_ends, index, stop)
        if end is None or any(_SEARCH.match(self.lines[n]) for n in range(index + 1, end)):
            return None
        fences: list[Fence] = []
        at = index
        for position in self.marks.after(index):
            line = self.marks.numbers[position]
            opened = self.marks.at[line] if line > at else None
            if line >= end:
                break
            if opened:
                closed, _ = self.marks.closing(line, opened, end)
                if closed is None:
                    break
                at = closed
                fences.append(_fence(line, at, opened, self.lines[line + 1 : at]))
        margin = len(self.lines[index]) - len(self.lines[index].lstrip())
        body = tuple(without_indent(line, margin) for line in self.lines[index : end + 1])
        self.document.regions.append(Region(Span(index + 1, end + 1), body, tuple(fences)))
        return end + 1

    def _fence(self, index: int, stop: int, opened: Opening, containers: Containers, position: int) -> int:
        """Reads a fenced block; returns the line below it."""
        if containers:
            item = Item(self.marks, index, opened, containers, position + opened.indent)
            found = item.read(stop)
            fence = _fence(
                index, found.last, opened, found.body, closed=found.closed, repaired=found.repaired
            )
        else:
            end, repaired = self.marks.closing(index, opened, stop)
            body = self.lines[index + 1 : stop if end is None else end]
            if opened.indent:
                body = tuple(without_indent(line, opened.indent) for line in body)
            last = stop - 1 if end is None else end
            fence = _fence(index, last, opened, body, closed=end is not None, repaired=repaired)
        self.document.fences.append(fence)
        return fence.span.end_line


def _fence(
    index: int,
    last: int,
    opened: Opening,
    body: Sequence[str],
    *,
    closed: bool = True,
    repaired: bool = False,
) -> Fence:
    return Fence(Span(index + 1, last + 1), opened.lang, opened.info, tuple(body), closed, repaired)


def _first(numbers: list[int], start: int, stop: int) -> int | None:
    """The first of the sorted `numbers` in `start` to `stop`, the end not included."""
    position = bisect_left(numbers, start)
    return numbers[position] if position < len(numbers) and numbers[position] < stop else None
