"""Pieces: a reply cut into fenced blocks, tagged files and bare edits, each with the name around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from app.coder import tags
from app.coder.comments import marker
from app.coder.drafts import NAMES, draft_at, draft_end
from app.coder.fences import Fence, Fenced, Fences, fence_lines
from app.coder.languages import language
from app.coder.naming import Name, above, below, in_info, in_line, is_shown_only
from app.coder.objects import objects
from app.coder.pathlike import extension

MOST_FENCES = 4_000
_MOST_PIECES = 1_000
_MOST_TRIES = 1_000
"""Tags and rules without a file that are looked at."""
_LOOK_BACK_LINES = 8
_LOOK_BACK_CHARS = 4_000
_PROSE = frozenset(("md", "markdown", "mdx", "rst", "txt", "adoc"))
_TOP = re.compile(
    r"^(?=[ \t`~>*+\-d\d]|<(?:<|[A-Za-z][\w:.-]{0,40}+[ \t>=]))(?:"
    r"[ \t]*+(?:(?P<fence>(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?(?:```|~~~))"
    r"|(?P<search>(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL)\b)"
    r"|(?=<[A-Za-z][\w:.-]{0,40}+[ \t>=])(?:(?P<draft><(?:"
    rf"{NAMES})>)"
    rf"|(?:<[A-Za-z][^<>\n]{{0,300}}+>[ \t]*+){{0,3}}?(?P<tag>{tags.OPENING})))"
    r"|(?P<diff>--- \S[^\n]*\n\+\+\+ \S|diff --git )"
    r"|(?P<patch>\*\*\* (?:Begin Patch|Update File|Add File)\b))",
    re.MULTILINE | re.IGNORECASE,
)
_SEARCH_END = r"^[ \t]{{0,{}}}+(?:>{{5,9}}|\+{{5,9}}) ?(?:REPLACE|UPDATED)\b[^\n]*+$"
_PATCH_END = re.compile(r"^\*\*\* End Patch[^\n]*+$|^```", re.MULTILINE)
_DIFF_END = re.compile(
    r"^(?!--- |\+\+\+ |@@|[ +\-\\]|diff --git |index |new file|deleted file|old mode|new mode|$)",
    re.MULTILINE,
)

_WRAPPER = re.compile(r"\s*(?:<[a-z]{1,20}>|[`~]{3,})\w*\s*", re.IGNORECASE)
_UNFENCED_MARK = re.compile(
    r"^(?=[#/;%=*-]|<!--)(?:"
    r"(?:#|//|--|;|%|/\*|<!--)[ \t]*+(?:file_?path|file|filename)[ \t]*+[:=][^\n]{1,300}"
    r"|(?P<rule>={2,}+|-{3,}+|\*{3,}+|#{3,}+)[ \t]*+(?:(?P<end>END\b)|(?:BEGIN|START)[ \t]++)?"
    r"(?P<text>[^\n]{1,200}))$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a reply. `form` is "fence", "tag", "search_replace", "unified_diff" or "patch"; lines
    are 1-based.

    `name` is what the words around it say, `name_below` what the line under it says; `shown_only` marks a
    block announced as a command, an output or an example. `search` is what an edit between tags replaces.
    """

    form: str
    line: int
    end_line: int
    tag: str
    text: str
    closed: bool
    name: Name | None = None
    name_below: Name | None = None
    shown_only: bool = False
    search: str | None = None


class Pieces:
    """Cuts one text. `overfull` tells afterwards whether it held more blocks than any reply has, and was
    cut short.
    """

    def __init__(self, text: str) -> None:
        lines = fence_lines(text, most=MOST_FENCES)
        self.overfull = len(lines) == MOST_FENCES
        self.open_draft = False
        self._text = text[: lines[-1].start] if self.overfull else text
        self._fences = Fences(self._text, lines[:-1] if self.overfull else lines)
        self._tags = tags.Tags(self._text)
        self._floor = self._tries = 0
        self._line, self._counted = 1, 0

    def __iter__(self) -> Iterator[Piece]:
        at, made = 0, 0
        while found := _TOP.search(self._text, at):
            if found.lastgroup == "draft":
                at = self._after_draft(found.start())
                continue
            cut = self._piece(found)
            if cut is None and self._tries > _MOST_TRIES:
                return
            if cut is None:
                at = found.end()
                continue
            piece, at = cut
            self._floor = at
            made += 1
            yield piece
            if made == _MOST_PIECES:
                self.overfull = True
                return

    def _after_draft(self, start: int) -> int:
        opening = draft_at(self._text, start)
        end = draft_end(self._text, opening) if opening else None
        self.open_draft = end is None
        self._floor = len(self._text) if end is None else end
        return self._floor

    def _piece(self, found: re.Match[str]) -> tuple[Piece, int] | None:
        start, form = found.start(), str(found.lastgroup)
        if form == "fence":
            opener = self._fences.opening_at(start)
            return self._fenced(opener) if opener else None
        if form == "tag":
            return self._tagged(found.start("tag"))
        if form == "search":
            column = len(found[0]) - len(found[0].lstrip())
            end = re.compile(_SEARCH_END.format(column), re.MULTILINE)
            return self._bare("search_replace", start, end.search(self._text, start), ends_with=True)
        if form == "patch":
            return self._bare("patch", start, _PATCH_END.search(self._text, start), ends_with=True)
        return self._bare("unified_diff", start, _DIFF_END.search(self._text, start), ends_with=False)

    def _fenced(self, opener: Fence) -> tuple[Piece, int]:
        tag, name = in_info(opener.info)
        over = self._lines_above(opener.start)
        name = name or above(over, tag)
        block = self._fences.block(opener, prose=self._is_prose(opener, tag, name))
        piece = Piece(
            form="fence",
            line=self._line_at(block.start),
            end_line=self._line_at(block.end),
            tag=tag,
            text=self._inner(block),
            closed=block.closed,
            name=name,
            name_below=below(self._line_below(block.end), tag) if name is None else None,
            shown_only=bool(over) and is_shown_only(over[0], tag),
        )
        return piece, block.end

    def _is_prose(self, opener: Fence, tag: str, name: Name | None) -> bool:
        if name is None:
            first = self._text[opener.end + 1 : opener.end + 301].split("\n", 1)[0]
            inside = marker([first], tag)
            suffix = extension(inside.path) if inside else ""
        else:
            suffix = extension(name.path)
        return suffix in _PROSE or (not suffix and language(tag) in {"markdown", "rst"})

    def _inner(self, block: Fenced) -> str:
        text = self._text[block.inner_start : block.inner_end]
        if block.opener.column:
            margin = re.compile(rf"^[ \t]{{1,{block.opener.column}}}", re.MULTILINE)
            text = margin.sub("", text)
        return text if not text or text.endswith("\n") else text + "\n"

    def _tagged(self, start: int) -> tuple[Piece, int] | None:
        self._tries += 1
        self.overfull |= self._tries > _MOST_TRIES
        found = None if self.overfull else self._tags.file_at(start)
        if found is None:
            return None
        name = Name(found.path, "tag") if found.path else above(self._lines_above(start), "")
        if name is None or not name.strong:
            return None
        line, end_line = self._line_at(found.start), self._line_at(found.end)
        text = _unfenced(tags.contents(self._text[slice(*found.inner)]))
        text = _dedented(text, start - self._text.rfind("\n", 0, start) - 1)
        search = tags.contents(self._text[slice(*found.replaces)]) if found.replaces else None
        return Piece("tag", line, end_line, "", text, found.closed, name, search=search), found.end

    def _bare(
        self, form: str, start: int, end: re.Match[str] | None, *, ends_with: bool
    ) -> tuple[Piece, int]:
        stop = len(self._text) if end is None else end.end() if ends_with else end.start()
        over = [line for line in self._lines_above(start) if not _WRAPPER.fullmatch(line)]
        name = above(over, "")
        line, end_line = self._line_at(start), self._line_at(stop)
        return Piece(
            form, line, end_line, "", self._text[start:stop], closed=end is not None, name=name
        ), stop

    def _lines_above(self, start: int) -> list[str]:
        """The last non-blank lines between the block before and this offset, nearest first."""
        text = self._text[max(self._floor, start - _LOOK_BACK_CHARS) : start]
        return [line for line in reversed(text.split("\n")) if line.strip()][:_LOOK_BACK_LINES]

    def _line_below(self, end: int) -> str:
        lines = self._text[end + 1 : end + 500].split("\n", 3)
        return next((line for line in lines[:3] if line.strip()), "")

    def _line_at(self, offset: int) -> int:
        """The 1-based number of the line that holds this offset; asked for in rising order."""
        self._line += self._text.count("\n", self._counted, offset)
        self._counted = offset
        return self._line


def _unfenced(text: str) -> str:
    """Contents without the one fence that stands around all of them."""
    inner = text.strip()
    if not inner.startswith(("```", "~~~")):
        return text
    lines = fence_lines(inner, most=MOST_FENCES)
    if not lines or lines[0].start:
        return text
    block = Fences(inner, lines).block(lines[0], prose=True)
    return inner[block.inner_start : block.inner_end] if block.closed and block.end == len(inner) else text


def _dedented(text: str, column: int) -> str:
    """Text without the indentation of the tag around it, where all of its lines have that."""
    margin = " " * column
    lines = text.split("\n")
    if not column or not all(line.startswith(margin) or not line.strip() for line in lines):
        return text
    return "\n".join(line[column:] if line.strip() else line for line in lines)


def shifted(piece: Piece, lines: int) -> Piece:
    """The piece as found in a block that begins so many lines further down."""
    return replace(piece, line=piece.line + lines, end_line=piece.end_line + lines)


def unfenced(text: str) -> list[Piece]:
    """The files of a reply without any block: what stands below each marker or ruled name, up to the next or
    to a ruled END; or all of it, where it is JSON.
    """
    if objects(text):
        return [Piece("fence", 1, 1 + text.count("\n"), "json", text.rstrip("\n") + "\n", closed=True)]
    marks: list[tuple[int, int, Name | None]] = []
    for match in islice(_UNFENCED_MARK.finditer(text), _MOST_TRIES):
        name = _ruled_name(match) if match["rule"] else _marked_name(match[0])
        if name or (match["end"] and marks):
            marks.append((match.start(), match.end(), name))
        if len(marks) == _MOST_PIECES:
            break
    pieces = []
    line, counted = 1, 0
    for (start, end, name), stop in zip(marks, [*(mark[0] for mark in marks[1:]), len(text)], strict=False):
        line, counted = line + text.count("\n", counted, start), start
        contents = text[end + 1 : stop].rstrip("\n")
        body = contents + "\n" if contents else ""
        if name:
            pieces.append(Piece("fence", line, line + body.count("\n"), "", body, closed=True, name=name))
    return pieces


def _ruled_name(match: re.Match[str]) -> Name | None:
    return None if match["end"] else in_line(match["text"].rstrip("=-*#")) or in_line(match[0])


def _marked_name(line: str) -> Name | None:
    found = marker([line], "")
    return Name(found.path, found.rule) if found and found.rule == "filepath_comment" else None
