"""Prose: reads lines one after the other, and remembers the list and the table they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.instruction.cues import EDIT_HEADING, Section, section_of, subject
from app.instruction.markdown import BOLD_LEVEL, Document
from app.instruction.names import NAMING, Name, Role
from app.instruction.naming import names_in
from app.instruction.tables import Table, table_names

_CREATE_LIST = re.compile(
    r"\b(?:new\s+files?|files?\s+(?:to\s+(?:be\s+)?|that\s+will\s+be\s+|you\s+will\s+|"
    r"we\s+will\s+)?(?:creat|add|writ|generat|produc)\w*|"
    r"creat\w*\s+(?:the\s+)?(?:following|these|two|three|four|five|six|seven|\d+)\b[^.]*|creates?\s*:?$|"
    r"create\s+files?|"
    r"deliverables?|outputs?\s+files?|artifacts?\s+to\s+\w+|to\s+create)\b",
    re.IGNORECASE,
)
_EDIT_LIST = re.compile(
    r"\b(?:files?\s+(?:to\s+(?:be\s+)?|that\s+will\s+be\s+)?(?:modif|edit|updat|chang|touch|fix|patch|refactor|migrat)\w*|"
    r"(?:modified|changed|updated|edited)\s+files?|"
    r"(?:modify|edit|update|change)\s+(?:the\s+)?(?:following|these|two|three|four|\d+(?=\s+\w))|modif(?:y|ies|"
    r"ications?)\s*:?$|to\s+modify|existing\s+files)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:remove|delete|drop|add|apply|change|update|replace|fix|make|do|repeat)\b", re.IGNORECASE
)
_IN_EACH = re.compile(
    r"\s(?:in|to|from)(?:\s+(?:these|each|all|both)\b(?:\s+of\s+(?:these|them))?|$)", re.IGNORECASE
)
"""How a line asks for the same change in each file of the list below it."""
_FILES = re.compile(r"(?:the\s+)?(?:target\s+|output\s+)?files", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:create|new|add)\w*\s*(?:/|or|and|&)\s*(?:modif|edit|updat|chang)", re.IGNORECASE)
_ACTION = re.compile(
    r"^\W*(?:action|operation|change\s+type|type|mode|status)\W+(?P<word>\w+)", re.IGNORECASE
)
_MAY_NAME = re.compile(r"[`/]|\w\.\w|file\b", re.IGNORECASE)
_WORTH_READING = re.compile(r"[`/|:*]|\w\.\w|file", re.IGNORECASE)
_SAME_FILE = re.compile(
    r"^\W*(?:(?:and|also|then|next|finally)\s+)*(?:add|insert|append|prepend|put|write|remove|delete|define)\b.*"
    r"\b(?:of|in|to|from|into)\s+(?:the\s+same|the|this|that)\s+file\b",
    re.IGNORECASE,
)
NEAR = 20
"""Names above a sentence about `the file` that are looked at."""
SAME_FILE = "the sentence works in the file named before"
BESIDE = 3
"""How many lines an `Action:` label may stand below the file it speaks of."""


@dataclass(slots=True)
class NameReader:
    """Collects the names of a document, line by line."""

    document: Document
    names: list[Name] = field(default_factory=list)
    listing: Role | None = None
    from_heading: bool = False
    promised: list[tuple[int, Role | None]] = field(default_factory=list)
    table: Table | None = None
    section: int = 0
    changes: bool = False

    def read(self, numbers: Sequence[int], level: int) -> None:
        """Reads one paragraph."""
        number = numbers[0]
        lines = [self.document.lines[n - 1] for n in numbers]
        line = lines[0]
        if not level and len(lines) == 1 and not _WORTH_READING.search(line):
            self._plain(line)
            return
        stripped = line.strip()
        if stripped[0] == "|":
            self.table = self.table if self.table and self.table.goes_on(number) else Table(number)
            listing = self.listing or (Role.EDIT if self.changes else None)
            self.names.extend(table_names(self.table, stripped, number, listing))
            return
        if 0 < level < BOLD_LEVEL:
            self.section = number - 1
            self.changes = EDIT_HEADING.match(subject(stripped).strip()) is not None
        self._listing(stripped, level)
        action = _ACTION.match(stripped)
        if action and self.names and number - self.names[-1].line <= BESIDE:
            self.names[-1] = _with_action(self.names[-1], action.group("word"))
        found: Sequence[Name] = ()
        if any(map(_MAY_NAME.search, lines)):
            found = names_in(lines, number, heading=level)
            self.names.extend(_listed(name, self.listing) for name in found)
        if not found and not level:
            self._same_file(" ".join(line.strip() for line in lines), numbers)

    def _same_file(self, text: str, numbers: Sequence[int]) -> None:
        """A sentence about `the file`, where the section names just one."""
        if not _SAME_FILE.match(text):
            return
        named = [name for name in self.names[-NEAR:] if name.line > self.section and name.role in NAMING]
        if len({name.path for name in named}) == 1:
            again = replace(named[0], line=numbers[0], until=numbers[-1], role=Role.EDIT, tail="", rest="")
            self.names.append(replace(again, reason=SAME_FILE))

    def _plain(self, line: str) -> None:
        """A line that holds no path: it may end the list above it."""
        if not self.from_heading and line[0] not in " -*+0123456789":
            self.listing = None

    def _listing(self, stripped: str, level: int) -> None:
        """Headings and lines that end in a colon open a list; other prose ends one that no heading opened."""
        if level:
            self.listing, self.from_heading = self._promise(stripped, level), True
        elif stripped.endswith((":", ":**")):
            announced = _listing(stripped)
            if announced or stripped[0] not in "-*":
                self.listing, self.from_heading = announced, False
        elif not self.from_heading and stripped[0] not in "-*+0123456789`":
            self.listing = None

    def _promise(self, stripped: str, level: int) -> Role | None:
        """The list that a heading opens: its own, or the one of the heading it stands under."""
        self.promised = [(upper, role) for upper, role in self.promised if upper < level]
        above = self.promised[-1][1] if self.promised else None
        own = _listing(stripped)
        if own is None and above is not None and section_of(stripped.strip("# ")) is Section.WORK:
            own = above
        self.promised.append((level, own))
        return own


def _listing(text: str) -> Role | None:
    text = text.strip("#*:_ ")
    if _FILES.fullmatch(text):
        return Role.FILE
    last = text.rpartition(". ")[2]
    in_each = _IN_EACH.search(last) and _CHANGES.search(last)
    creates, edits = _CREATE_LIST.search(text), in_each or _EDIT_LIST.search(text)
    if bool(creates) == bool(edits) or _EITHER.search(text):
        return None
    return Role.CREATE if creates else Role.EDIT


def _listed(name: Name, listing: Role | None) -> Name:
    """A list item or a lone path takes the role that the line above its list announces."""
    if name.role not in (Role.LISTED, Role.FILE) or name.heading:
        return name
    if listing is None:
        return replace(name, role=name.hint) if name.hint else name
    role = name.hint if name.hint is Role.EDIT or (name.hint and listing is Role.FILE) else listing
    if role is Role.FILE:
        return replace(name, role=role, label=True, reason="labelled `files`")
    return replace(name, role=role, reason="listed under a heading that asks for it")


def _with_action(name: Name, word: str) -> Name:
    lowered = word.lower()
    if name.role is not Role.FILE:
        return name
    if lowered.startswith(("creat", "new", "writ")):
        return replace(name, role=Role.CREATE)
    if lowered.startswith(("add", "modif", "edit", "updat", "chang", "patch", "append", "extend", "fix")):
        return replace(name, role=Role.EDIT)
    return name
