"""Fences: where a code block opens, where it closes, and where authors nest one in another.

CommonMark ends a block at the first fence that could close it. Authors nest: a README inside a
```` ```markdown ```` block, a prompt inside a Python string. Where the inner fences balance, the outer block
is taken whole and the repair is recorded; where they do not, CommonMark's reading stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.instruction.containers import untabbed

_OPEN = re.compile(r"( {0,3})(?:(`{3,})([^`]*)|(~{3,})(.*))$", re.DOTALL)
_FENCE_LINE = re.compile(r"[\s>*+\-\d.)]*(?:```|~~~)")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")
_NESTING = frozenset({"", "markdown", "md", "mdx", "text", "txt", "plaintext"})
_MARKDOWN = frozenset({"markdown", "md", "mdx"})
_PYTHON = frozenset({"python", "python3", "py"})
_SHELL = frozenset({"bash", "sh", "shell", "zsh"})


class Opening(NamedTuple):
    """An opening fence: its indentation inside its containers, its run of characters, its info string."""

    indent: int
    run: str
    info: str

    @property
    def lang(self) -> str:
        words = self.info.split(maxsplit=1)
        return words[0].split("{")[0].split(":")[0].split(",")[0].lower() if words else ""


def opening(line: str, position: int = 0) -> Opening | None:
    """The fence that opens at `position`, None where none does."""
    match = _OPEN.match(line, position)
    if match is None:
        return None
    indent, ticks, info, tildes, tilde_info = match.groups()
    return Opening(len(indent), ticks or tildes, (info if ticks else tilde_info).strip())


def may_fence(line: str) -> bool:
    """True for a line that a fence starts, whatever containers stand before it."""
    return ("```" in line or "~~~" in line) and _FENCE_LINE.match(line) is not None


def without_indent(line: str, width: int) -> str:
    """The line with up to `width` columns of its indentation taken off."""
    blank = len(line) - len(line.lstrip(" "))
    if blank < width and line.startswith("\t", blank):
        line = untabbed(line)
        blank = len(line) - len(line.lstrip(" "))
    return line[min(blank, width) :]


def closes(candidate: Opening | None, opened: Opening) -> bool:
    """True where `candidate` would end the block under CommonMark."""
    return candidate is not None and not candidate.info and candidate.run.startswith(opened.run)


@dataclass(slots=True)
class FenceLines:
    """The lines of a document that start with a fence, and how much looking ahead is left.

    `at` holds what each opens outside every container, None where that is nothing. The allowance keeps
    reading linear: a document that spends it is read as plain CommonMark from there on.
    """

    lines: Sequence[str]
    numbers: list[int]
    allowance: int = field(default=50_000)
    at: dict[int, Opening | None] = field(init=False)

    def __post_init__(self) -> None:
        self.at = {number: opening(untabbed(self.lines[number])) for number in self.numbers}

    def may_nest(self, opened: Opening) -> bool:
        """True for a block in whose language authors nest fences, while looking ahead is left."""
        return self.allowance > 0 and opened.lang in (_NESTING | _PYTHON | _SHELL)

    def after(self, index: int) -> range:
        """Positions in `numbers` of the fence lines below line `index`."""
        return range(bisect_right(self.numbers, index), len(self.numbers))

    def closing(self, index: int, opened: Opening, stop: int) -> tuple[int | None, bool]:
        """The line that closes the block opened on line `index`, and whether nesting was repaired.

        None where nothing closes it before `stop`.
        """
        nested = False
        for position in self.after(index):
            at = self.numbers[position]
            if at >= stop:
                break
            candidate = self.at[at]
            if closes(candidate, opened):
                repaired = self._repaired(index, at, opened, stop, nested=nested)
                return (at, False) if repaired is None else (repaired, True)
            nested = nested or _opens_inside(candidate, opened)
        return None, False

    def _repaired(self, index: int, at: int, opened: Opening, stop: int, *, nested: bool) -> int | None:
        nested = nested or (opened.lang in _MARKDOWN and self._looks_like_an_opening(at))
        if nested and opened.lang in _NESTING:
            hinted = self._balanced(index, opened, stop, hints=opened.lang in _MARKDOWN)
            return hinted if hinted is not None else self._balanced(index, opened, stop, hints=False)
        if opened.lang in _PYTHON:
            return self._after_open_string(index, at, opened, stop)
        if opened.lang in _SHELL:
            return self._after_open_heredoc(index, at, opened, stop)
        return None

    def _balanced(self, index: int, opened: Opening, stop: int, *, hints: bool) -> int | None:
        """The closing fence once every inner fence is paired; `hints` lets untagged inner fences open too."""
        depth = 0
        for position in self.after(index):
            at = self.numbers[position]
            self.allowance -= 1
            if at >= stop or self.allowance < 0:
                return None
            candidate = self.at[at]
            if _opens_inside(candidate, opened):
                depth += 1
            elif closes(candidate, opened):
                if depth:
                    depth -= 1
                elif not self._looks_like_an_opening(at):
                    return at
                elif hints:
                    depth += 1
                else:
                    return None
        return None

    def _looks_like_an_opening(self, at: int) -> bool:
        above = self.lines[at - 1].strip() if at else ""
        below = self.lines[at + 1].strip() if at + 1 < len(self.lines) else ""
        return not above and bool(below)

    def _after_open_string(self, index: int, at: int, opened: Opening, stop: int) -> int | None:
        """Python: a fence inside a triple-quoted string does not end the block."""
        quotes = _triple_quotes(self.lines[index + 1 : at])
        if not any(count % 2 for count in quotes):
            return None
        previous = at
        for position in self.after(at):
            here = self.numbers[position]
            self.allowance -= here - previous
            if here >= stop or self.allowance < 0:
                return None
            more = _triple_quotes(self.lines[previous + 1 : here])
            quotes = (quotes[0] + more[0], quotes[1] + more[1])
            previous = here
            even = not any(count % 2 for count in quotes)
            if even:
                return here if closes(self.at[here], opened) else None
        return None

    def _after_open_heredoc(self, index: int, at: int, opened: Opening, stop: int) -> int | None:
        """Shell: a fence inside a here-document does not end the block."""
        word = _open_heredoc(self.lines[index + 1 : at])
        if word is None:
            return None
        for line in range(at + 1, stop):
            self.allowance -= 1
            if self.allowance < 0:
                return None
            if self.lines[line].strip() == word:
                below = (self.numbers[position] for position in self.after(line))
                found = next(below, None)
                fits = found is not None and found < stop and closes(self.at[found], opened)
                return found if fits else None
        return None


def _opens_inside(candidate: Opening | None, opened: Opening) -> bool:
    return candidate is not None and bool(candidate.info) and candidate.run.startswith(opened.run)


def _triple_quotes(lines: Sequence[str]) -> tuple[int, int]:
    body = "\n".join(lines)
    return body.count('"""'), body.count("'''")


def _open_heredoc(lines: Sequence[str]) -> str | None:
    word: str | None = None
    for line in lines:
        if word is not None:
            word = None if line.strip() == word else word
        elif "<<" in line and (match := _HEREDOC.search(line)):
            word = match.group(2)
    return word
