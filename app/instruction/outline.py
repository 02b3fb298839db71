"""The outline: every name in the prose, what stands around a block, which headings it stands under."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from app.domain import Span
from app.instruction.cues import STAGE, Section, section_of
from app.instruction.languages import is_shell
from app.instruction.markdown import BOLD_LEVEL, Document, Heading
from app.instruction.names import Name
from app.instruction.paragraphs import paragraphs
from app.instruction.paths import as_path, stands_at_the_root
from app.instruction.prose import NameReader

MOST_NAMES = 8_000
"""Names that are read; real instructions have some dozens. The line where reading stopped is reported."""
_OF_TALK = (Section.NOTES, Section.CURRENT, Section.EXCLUDED)
"""Sections that talk about the work; a numbered step under one of them belongs to the work again."""
NEAR = 60
"""How many lines and names around a block are looked at; a person looks at fewer."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands above a block: the prose since the last block or heading, and its headings, nearest first.

    `below` are names on the lines under it that speak of the block above them.
    """

    prose: tuple[int, ...]
    names: tuple[Name, ...]
    headings: tuple[Heading, ...]
    section: Section
    below: tuple[Name, ...] = ()

    @property
    def last(self) -> int | None:
        return self.prose[0] if self.prose else None


@dataclass(slots=True)
class Outline:
    """The names of a document in order, and its headings with what they promise."""

    document: Document
    names: list[Name] = field(default_factory=list)
    title: str = ""
    unread_from: int | None = None
    _prose: list[int] = field(default_factory=list)
    _parents: list[int] = field(default_factory=list)
    _sections: dict[int, Section] = field(default_factory=dict)
    _heading_lines: list[int] = field(default_factory=list)
    _name_lines: list[int] = field(default_factory=list)
    _fence_lines: list[int] = field(default_factory=list)
    _longer: dict[str, list[Name]] = field(default_factory=dict)
    _pieces: dict[int, bool] = field(default_factory=dict)
    _wrapped: dict[int, int] = field(default_factory=dict)
    _chains: dict[int, tuple[Heading, ...]] = field(default_factory=dict)

    def headings_of(self, line: int) -> tuple[Heading, ...]:
        """The headings a line stands under, nearest first."""
        position = bisect_right(self._heading_lines, line) - 1
        if position not in self._chains:
            found: list[Heading] = []
            at = position
            while at >= 0:
                found.append(self.document.headings[at])
                at = self._parents[at]
            self._chains[position] = tuple(found)
        return self._chains[position]

    def section_at(self, line: int) -> Section:
        """The promise of the nearest heading that makes one."""
        position = bisect_right(self._heading_lines, line) - 1
        return self._section(position)

    def _section(self, position: int) -> Section:
        """What the heading at `position` promises, its own promise or the one it stands under."""
        if position < 0:
            return Section.WORK
        if position not in self._sections:
            heading = self.document.headings[position]
            own = _promise(heading)
            above = (
                self._section(self._parents[position]) if own is Section.WORK and heading.level > 1 else own
            )
            stage = (above in _OF_TALK and STAGE.match(heading.text)) or _is_a_file(heading, above)
            self._sections[position] = Section.WORK if stage else above
        return self._sections[position]

    def place(self, previous_end: int, span: Span, next_start: int) -> Place:
        """What stands around a block, between the end of the block before it and the start of the next."""
        start = span.start_line
        headings = self.headings_of(start)
        nearest = next((heading.line for heading in headings if heading.level < BOLD_LEVEL), 0)
        floor = max(previous_end, nearest)
        below = self.names_between(span.end_line + 1, min(span.end_line + 4, next_start - 1))
        return Place(
            prose=self._lines_between(floor + 1, start - 1),
            names=tuple(reversed(self.names_between(floor + 1, start - 1))),
            headings=headings,
            section=self.section_at(start),
            below=tuple(name for name in below if name.above) if below else (),
        )

    def _lines_between(self, start: int, end: int) -> tuple[int, ...]:
        """The prose lines from `end` up to `start`, the last `NEAR` of them."""
        if end < start:
            return ()
        low, high = bisect_left(self._prose, start), bisect_right(self._prose, end)
        return tuple(reversed(self._prose[max(low, high - NEAR) : high]))

    def names_between(self, start: int, end: int) -> list[Name]:
        """The names on lines `start` to `end`; of very many, the last `NEAR`."""
        if end < start:
            return []
        first, last = bisect_left(self._name_lines, start), bisect_right(self._name_lines, end)
        return self.names[max(first, last - NEAR) : last]

    def full(self, name: Name) -> str:
        """The name's path, or the longer one that its section gives above for the same file."""
        if "/" in name.path or (stands_at_the_root(name.path) and not name.heading):
            return name.path
        longer = self._longer.get(name.path, ())
        start = self.section_start(name.line) if longer else 0
        end = bisect_right(longer, name.line, key=lambda other: other.line)
        near = [other for other in longer[max(0, end - NEAR) : end] if other.label and other.line >= start]
        paths = {other.path for other in near if not self.has_its_block(other)}
        return paths.pop() if len(paths) == 1 else name.path

    def has_its_block(self, name: Name) -> bool:
        """True where a block follows the name at once: then it is no other name's."""
        position = bisect_right(self._fence_lines, name.line)
        return position < len(self._fence_lines) and self._fence_lines[position] <= name.last_line + 2

    def paragraph(self, line: int) -> str:
        """The words of a line with those of the lines above it that it was wrapped from."""
        first = self._wrapped.get(line, line)
        return " ".join(self.document.line(number).strip() for number in range(first, line + 1))

    def prose_below(self, line: int, most: int, *, past_headings: bool = False) -> list[str]:
        """The prose in the `most` lines below a line, to the next heading or past it."""
        position = bisect_right(self._heading_lines, line)
        end = self._heading_lines[position] if position < len(self._heading_lines) else line + most + 1
        end = line + most + 1 if past_headings else end
        low, high = bisect_right(self._prose, line), bisect_left(self._prose, min(end, line + most + 1))
        return [self.document.line(number) for number in self._prose[low:high]]

    def names_under(self, heading_line: int, before: int) -> list[Name]:
        """The names between a heading and the next one, above line `before`."""
        position = bisect_right(self._heading_lines, heading_line)
        while position < len(self._heading_lines) and self.document.headings[position].level >= BOLD_LEVEL:
            position += 1
        end = self._heading_lines[position] if position < len(self._heading_lines) else before
        return self.names_between(heading_line, min(end, before) - 1)

    def in_pieces(self, heading_line: int) -> bool:
        """True where blocks stand in several subsections of a heading: none is all of what it names."""
        if heading_line not in self._pieces:
            position = bisect_left(self._heading_lines, heading_line)
            level = self.document.headings[position].level
            below = range(position + 1, len(self._heading_lines))
            end = next(
                (n for n in below if self.document.headings[n].level <= level), len(self._heading_lines)
            )
            stop = (
                self._heading_lines[end] if end < len(self._heading_lines) else len(self.document.lines) + 1
            )
            first, last = bisect_left(self._fence_lines, heading_line), bisect_left(self._fence_lines, stop)
            fences = self.document.fences[first:last]
            homes = {self.section_start(f.span.start_line) for f in fences if not is_shell(f.lang)}
            self._pieces[heading_line] = len(homes - {heading_line}) > 1
        return self._pieces[heading_line]

    def section_start(self, line: int) -> int:
        """The line of the nearest real heading above `line`, 0 where there is none."""
        return next((h.line for h in self.headings_of(line) if h.level < BOLD_LEVEL), 0)


def outline(document: Document) -> Outline:
    """Reads the prose of a document once, top to bottom."""
    result = Outline(document)
    _headings(result)
    covered = sorted(
        [f.span for f in document.fences] + [r.span for r in document.regions] + document.hidden,
        key=lambda span: span.start_line,
    )
    result._prose.extend(_prose_lines(document, covered))  # noqa: SLF001 -- its own maker
    result._fence_lines.extend(f.span.start_line for f in document.fences)  # noqa: SLF001 -- its own maker
    result.names.extend(_names(result))
    for name in result.names:
        if "/" in name.path:
            result._longer.setdefault(name.path.rpartition("/")[2], []).append(name)  # noqa: SLF001 -- its own maker
    result._name_lines.extend(name.line for name in result.names)  # noqa: SLF001 -- its own maker
    result.title = _title(document, result._prose)  # noqa: SLF001 -- its own maker
    return result


def _title(document: Document, prose: list[int]) -> str:
    top = next((h for h in document.headings if h.level == 1), None) or next(iter(document.headings), None)
    text = top.text if top else document.line(prose[0]) if prose else ""
    return re.sub(r"[*`]+", "", text).strip(" #>-")[:200]


def _headings(result: Outline) -> None:
    stack: list[int] = []
    for position, heading in enumerate(result.document.headings):
        while stack and result.document.headings[stack[-1]].level >= heading.level:
            stack.pop()
        result._parents.append(stack[-1] if stack else -1)  # noqa: SLF001 -- its own maker
        result._heading_lines.append(heading.line)  # noqa: SLF001 -- its own maker
        stack.append(position)


def _promise(heading: Heading) -> Section:
    """What a heading's own words promise; a title promises nothing.

    A bold line such as `**Before:**` labels one block; it does not turn what follows into the past.
    """
    if heading.level == 1:
        return Section.WORK
    section = section_of(heading.text)
    return Section.WORK if heading.level == BOLD_LEVEL and section is Section.CURRENT else section


def _is_a_file(heading: Heading, above: Section) -> bool:
    """True for a heading that is a file's path and nothing else, under one that promises examples."""
    words = heading.text.strip("`* ").split()
    return above is Section.EXAMPLE and len(words) == 1 and as_path(words[0], quoted=True) is not None


def _prose_lines(document: Document, covered: list[Span]) -> list[int]:
    lines: list[int] = []
    at = 1
    for span in covered:
        lines.extend(n for n in range(at, span.start_line) if document.lines[n - 1].strip())
        at = max(at, span.end_line + 1)
    lines.extend(n for n in range(at, len(document.lines) + 1) if document.lines[n - 1].strip())
    return lines


def _names(result: Outline) -> list[Name]:
    levels = {h.line: h.level for h in result.document.headings}
    reader = NameReader(result.document)
    for numbers in paragraphs(result.document, result._prose, levels.keys()):  # noqa: SLF001 -- its own maker
        reader.read(numbers, levels.get(numbers[0], 0))
        result._wrapped.update(dict.fromkeys(numbers[1:], numbers[0]))  # noqa: SLF001 -- its own maker
        if len(reader.names) >= MOST_NAMES:
            result.unread_from = numbers[-1] + 1
            break
    return reader.names
