"""The joining of a cut reply with what was said after the cut, so that nothing is said twice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.coder.fences import Fence, Fences, fence_lines

_LONGEST_OVERLAP = 2000
_SAME_START = 200
_TELLING = 3
"""Different characters, spaces aside, by which a text is known again."""
_ALIKE = 2
_MOST_FENCES = 4_000
_LINE_WITH_TEXT = re.compile(r"^(?!\n)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut reply: its whole lines, and the start of the one that was cut; "" after a cut at a line's end."""

    lines: str
    line: str

    @classmethod
    def of(cls, text: str) -> Cut:
        """The text, a last line that needs only its line end to be whole among the lines."""
        at = text.rfind("\n") + 1
        lines, line = text[:at], text[at:]
        closes = fence_lines(line, most=1) and _open_block(lines) and not _open_block(text)
        return cls(text + "\n", "") if closes or line.endswith("\r") else cls(lines, line)


def joined(before: str, after: str, *, handed: bool = False) -> str:
    """The two parts as one text, without a reopened fence and without what the second part repeats.

    Where the server was `handed` the first part, it goes on inside the line that was cut, and a whole line
    said twice is meant. Where it was asked in words, it may as well say that line again, or go on below it.
    Either way a second part that begins the reply or the open block anew takes the place of the first,
    unless that said the same and more.
    """
    if _begins_anew(before, after):
        return _longer(before, after)
    cut = Cut.of(before)
    block = _open_block(cut.lines)
    if block:
        again = _block_again(cut.lines, block, after)
        if again is not None:
            return _longer(before, before[: block.start] + again)
        first, _, rest = after.lstrip("\n").partition("\n")
        if block.info and first.strip() == before[block.start : block.end].strip():
            return _told_on(cut, rest, below=True)
    if handed:
        return _gone_on(before, after)
    return _told_on(cut, after if cut.lines in before else after.removeprefix("\n"))


def _longer(before: str, anew: str) -> str:
    return before if before.startswith(anew) else anew


def _begins_anew(before: str, after: str) -> bool:
    """True where the second part is the reply once more from its start: more of it than a first line."""
    size = min(len(before), len(after), _SAME_START)
    start = before[:size]
    return after.startswith(start) and "\n" in start.strip() and _is_telling(start)


def _block_again(lines: str, block: Fence, after: str) -> str | None:
    """The second part from where it begins the open block once more, if it does so before any other."""
    opening = lines[block.start : lines.find("\n", block.end + 1) + 1]
    at = f"\n{after}".find(f"\n{opening}") if _is_telling(opening) else -1
    return None if at < 0 or fence_lines(after[:at], most=1) else after[at:]


def _open_block(text: str) -> Fence | None:
    """The fence line of the block that the text's end cuts."""
    lines = fence_lines(text, most=_MOST_FENCES)
    fences, at = Fences(text, lines), 0
    for line in lines:
        if line.start >= at:
            block = fences.block(line, prose=True)
            if not block.closed:
                return line
            at = block.end
    return None


def _gone_on(before: str, after: str) -> str:
    """The parts where the server was handed the first, as it stands but for a cut line that is said again.

    A chat template may have trimmed what it was handed; the server repeats what was trimmed.
    """
    line = before[before.rfind("\n") + 1 :]
    if not line.strip():
        return before + after.removeprefix(before[len(before.rstrip()) :] if line else "")
    return before + after[_said_again(before, after) :]


def _told_on(cut: Cut, after: str, *, below: bool = False) -> str:
    """The parts where the server was asked in words to begin with the line that was cut.

    `below` tells that the second part begins with a line.
    """
    for said in (cut.lines + cut.line, cut.lines):
        if length := _said_again(said, after):
            return said + after[length:]
    return cut.lines + _after_line(cut.line, after, below=below)


def _said_again(before: str, after: str) -> int:
    """Length of what `after` repeats of the end of `before`, from the start of one of its lines on."""
    end = before[-_LONGEST_OVERLAP:]
    for start in _LINE_WITH_TEXT.finditer(end):
        said = end[start.end() :]
        for again in (said, said.lstrip(" \t")):
            if _is_telling(again) and after.startswith(again):
                return len(again)
    return 0


def _is_telling(text: str) -> bool:
    """False for what is alike by chance: a bracket, a rule, a row of zeros."""
    return len(set("".join(text.split()))) >= _TELLING


def _after_line(line: str, after: str, *, below: bool) -> str:
    """The cut line and what was said then: that line from its start, what stands below it, or its rest.

    A rest does not begin with an indentation, a fence or the very letters that its line begins with.
    """
    if not line.strip():
        return after if after[:1].isspace() or fence_lines(after, most=1) else line + after
    again = after.lstrip("\n")
    first = again.partition("\n")[0]
    if first.strip().startswith(line.strip()):
        indentation = "" if first[:1].isspace() else line[: len(line) - len(line.lstrip())]
        return indentation + again
    alike = line.strip()[:_ALIKE] == first.strip()[:_ALIKE]
    below = below or alike or first.startswith(("  ", "\t")) or bool(fence_lines(first, most=1))
    return f"{line}\n{after}" if below and not after.startswith("\n") else line + after
