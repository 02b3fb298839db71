"""The outline: every name in the prose, what stands around a block, which headings it stands under."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

from app.domain import Span
from app.instruction.cues import Section, section_of
from app.instruction.markdown import BOLD_LEVEL, Document, Heading
from app.instruction.naming import Name, Role, names_in
from app.instruction.tables import Table, table_names

_CREATE_LIST = re.compile(
    r"\b(?:new\s+files?|files?\s+(?:to\s+(?:be\s+)?|that\s+will\s+be\s+|you\s+will\s+|we\s+will\s+)?(?:creat|add|writ|generat|produc)\w*|"
    r"creat\w*\s+(?:the\s+)?(?:following|these|two|three|four|five|six|seven|\d+)\b[^.]*|creates?\s*:?$|create\s+files?|"
    r"deliverables?|outputs?\s+files?|artifacts?\s+to\s+\w+|to\s+create)\b",
    re.IGNORECASE,
)
_EDIT_LIST = re.compile(
    r"\b(?:files?\s+(?:to\s+(?:be\s+)?|that\s+will\s+be\s+)?(?:modif|edit|updat|chang|touch)\w*|(?:modified|changed|updated|edited)\s+files?|"
    r"(?:modify|edit|update|change)\s+(?:the\s+)?(?:following|these|two|three|four|\d+)|modif(?:y|ies|ications?)\s*:?$|to\s+modify|existing\s+files)\b",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"^\W*(?:action|operation|change\s+type|type|mode|status)\W+(?P<word>\w+)", re.IGNORECASE
)
_MAY_NAME = re.compile(r"`|/|\w\.\w|file", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """What stands above a block: the prose since the block or heading before it, and its headings, nearest first.

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
    _prose: list[int] = field(default_factory=list)
    _parents: list[int] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)
    _heading_lines: list[int] = field(default_factory=list)
    _name_lines: list[int] = field(default_factory=list)

    def headings_of(self, line: int) -> tuple[Heading, ...]:
        """The headings a line stands under, nearest first."""
        found: list[Heading] = []
        position = bisect_right(self._heading_lines, line) - 1
        while position >= 0 and len(found) < BOLD_LEVEL:
            found.append(self.document.headings[position])
            position = self._parents[position]
        return tuple(found)

    def section_at(self, line: int) -> Section:
        """The promise of the nearest heading that makes one."""
        position = bisect_right(self._heading_lines, line) - 1
        return self._sections[position] if position >= 0 else Section.WORK

    def place(self, previous_end: int, span: Span, next_start: int) -> Place:
        """What stands around a block, between the end of the block before it and the start of the next."""
        floor, start = previous_end, span.start_line
        heading = bisect_left(self._heading_lines, start) - 1
        while heading >= 0 and self._heading_lines[heading] > floor:
            if self.document.headings[heading].level < BOLD_LEVEL:
                floor = self._heading_lines[heading]
                break
            heading -= 1
        low, high = bisect_right(self._prose, floor), bisect_left(self._prose, start)
        prose = tuple(reversed(self._prose[max(low, high - 60) : high]))
        first, last = bisect_right(self._name_lines, floor), bisect_left(self._name_lines, start)
        names = tuple(reversed(self.names[max(first, last - 60) : last]))
        after = self.names_between(span.end_line + 1, min(span.end_line + 4, next_start - 1))
        below = tuple(name for name in after if name.above)
        return Place(prose, names, self.headings_of(start), self.section_at(start), below)

    def names_between(self, start: int, end: int) -> list[Name]:
        return self.names[bisect_left(self._name_lines, start) : bisect_right(self._name_lines, end)]

    def names_under(self, heading_line: int) -> list[Name]:
        """The names between a heading and the next one."""
        position = bisect_right(self._heading_lines, heading_line)
        while position < len(self._heading_lines) and self.document.headings[position].level >= BOLD_LEVEL:
            position += 1
        end = (
            self._heading_lines[position]
            if position < len(self._heading_lines)
            else len(self.document.lines) + 1
        )
        return self.names_between(heading_line, end - 1)

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
    result.names.extend(_names(result))
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
        parent = stack[-1] if stack else -1
        own = section_of(heading.text)
        inherited = result._sections[parent] if parent >= 0 else Section.WORK  # noqa: SLF001 -- its own maker
        top = heading.level == 1
        result._sections.append(Section.WORK if top else own if own is not Section.WORK else inherited)  # noqa: SLF001 -- its own maker
        result._parents.append(parent)  # noqa: SLF001 -- its own maker
        result._heading_lines.append(heading.line)  # noqa: SLF001 -- its own maker
        stack.append(position)


def _prose_lines(document: Document, covered: list[Span]) -> list[int]:
    lines: list[int] = []
    at = 1
    for span in covered:
        lines.extend(n for n in range(at, span.start_line) if document.lines[n - 1].strip())
        at = max(at, span.end_line + 1)
    lines.extend(n for n in range(at, len(document.lines) + 1) if document.lines[n - 1].strip())
    return lines


def _names(result: Outline) -> list[Name]:
    document = result.document
    levels = {h.line: h.level for h in document.headings}
    names: list[Name] = []
    listing: Role | None = None
    table: Table | None = None
    prose = result._prose  # noqa: SLF001 -- its own maker
    for order, number in enumerate(prose):
        line = document.lines[number - 1]
        level = levels.get(number, 0)
        stripped = line.strip()
        if level or stripped.endswith((":", ":**")):
            listing = (
                _listing(stripped)
                if level or _listing(stripped) or not stripped.startswith(("-", "*", "|"))
                else listing
            )
        if stripped.startswith("|"):
            table = table if table and table.goes_on(number) else Table(number)
            names.extend(table_names(table, stripped, number, listing))
            continue
        if not _MAY_NAME.search(line):
            action = _ACTION.match(stripped)
            if action and names and number - names[-1].line <= 3:  # noqa: PLR2004 -- the label stands beside it
                names[-1] = _with_action(names[-1], action.group("word"))
            continue
        found = names_in(line, number, heading=level)
        if not found and order + 1 < len(prose) and prose[order + 1] == number + 1:
            found = ()
        names.extend(_listed(name, listing) for name in found)
    return names


def _listing(text: str) -> Role | None:
    creates, edits = _CREATE_LIST.search(text), _EDIT_LIST.search(text)
    if bool(creates) == bool(edits):
        return None
    return Role.CREATE if creates else Role.EDIT


def _listed(name: Name, listing: Role | None) -> Name:
    """A list item or a lone path takes the role that the line above its list announces."""
    if listing is None or name.role not in (Role.LISTED, Role.FILE) or name.heading:
        return name
    return replace(name, role=listing, reason="listed under a heading that asks for it")


def _with_action(name: Name, word: str) -> Name:
    lowered = word.lower()
    if name.role is not Role.FILE:
        return name
    if lowered.startswith(("creat", "new", "add", "writ")):
        return replace(name, role=Role.CREATE)
    if lowered.startswith(("modif", "edit", "updat", "chang", "patch", "append", "extend", "fix")):
        return replace(name, role=Role.EDIT)
    return name
