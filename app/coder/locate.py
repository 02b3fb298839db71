"""Locating: where in a file some lines stand, and the region nearest to lines that stand nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NEIGHBOURHOOD = 12
_MOST = 5
"""Places that are looked for: two make an edit ambiguous, a few more help to say so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file, from 0. `added` and `removed` are the indentation the file has more and less than
    the edit.
    """

    start: int
    length: int
    added: str = ""
    removed: str = ""

    def indented(self, lines: Sequence[str]) -> list[str]:
        """The lines under the file's indentation; blank ones stay as they are."""
        return [self.added + line.removeprefix(self.removed) if line.strip() else line for line in lines]


def exact_places(lines: Sequence[str], search: Sequence[str]) -> list[Place]:
    """Where the search lines stand as they are, at most `_MOST` times."""
    return _standing(lines, search, str)


def places(lines: Sequence[str], search: Sequence[str]) -> list[Place]:
    """Where the search lines stand: exactly; if nowhere, under a uniform indentation; if nowhere, without
    regard to trailing spaces; if nowhere, with both. At most `_MOST`; empty where they stand nowhere.
    """
    found = exact_places(lines, search)
    if found or not any(line.strip() for line in search):
        return found
    return (
        _shifted(lines, search)
        or _standing(lines, search, str.rstrip)
        or _shifted([line.rstrip() for line in lines], [line.rstrip() for line in search])
    )


def _standing(lines: Sequence[str], search: Sequence[str], form: Callable[[str], str]) -> list[Place]:
    text = "\n" + "".join(form(line) + "\n" for line in lines)
    sought = "\n" + "".join(form(line) + "\n" for line in search)
    found: list[Place] = []
    line, counted, at = 0, 0, text.find(sought)
    while at >= 0 and len(found) < _MOST:
        line += text.count("\n", counted, at)
        counted = at
        found.append(Place(line, len(search)))
        at = text.find(sought, at + 1)
    return found


def _shifted(lines: Sequence[str], search: Sequence[str]) -> list[Place]:
    """Places where all non-blank lines are indented by the same amount more, or less, than in the search."""
    found = []
    for candidate in _standing(lines, search, str.lstrip):
        region = lines[candidate.start : candidate.start + candidate.length]
        shift = _shift(region, search)
        if shift is not None:
            found.append(Place(candidate.start, candidate.length, *shift))
    return found


def _shift(region: Sequence[str], search: Sequence[str]) -> tuple[str, str] | None:
    pairs = [
        (_indent(have), _indent(want)) for have, want in zip(region, search, strict=True) if want.strip()
    ]
    have, want = pairs[0]
    if have.endswith(want):
        added, removed = have[: len(have) - len(want)], ""
    elif want.endswith(have):
        added, removed = "", want[: len(want) - len(have)]
    else:
        return None
    uniform = all(
        mine.startswith(removed) and added + mine.removeprefix(removed) == theirs for theirs, mine in pairs
    )
    return (added, removed) if uniform else None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def nearest(lines: Sequence[str], search: Sequence[str]) -> Place | None:
    """The region of the search's length that has most of its lines, or of its words; None if it has none."""
    wanted = {line.strip() for line in search if line.strip()}
    words = {word for line in wanted for word in _WORD.findall(line)}
    return densest([_likeness(line, wanted, words) for line in lines], len(search))


def _likeness(line: str, wanted: set[str], words: set[str]) -> float:
    if line.strip() in wanted:
        return 2.0
    own = set(_WORD.findall(line))
    return len(own & words) / len(own | words) if own else 0.0


def densest(scores: Sequence[float], length: int) -> Place | None:
    """The window of that many lines with the highest sum, the first of equals; None where all are zero."""
    if not any(scores):
        return None
    length = min(max(length, 1), len(scores))
    total = best = sum(scores[:length])
    start = 0
    for end in range(length, len(scores)):
        total += scores[end] - scores[end - length]
        if total > best + 1e-9:
            best, start = total, end - length + 1
    return Place(start, length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Lines of a file to show: 1-based, both ends included. `whole` where they are all of it."""

    text: str
    start_line: int
    end_line: int
    whole: bool


def region(before: str, hint: str, budget: int) -> Region:
    """The file whole where it fits the budget of UTF-8 bytes, else the lines around what the hint speaks of.

    Words count by their rarity in the file. At least one line is shown, whatever the budget.
    """
    lines = _LINE.findall(before)
    if len(before.encode()) <= budget or not lines:
        return Region(text=before, start_line=1, end_line=max(1, len(lines)), whole=True)
    wanted = set(_WORD.findall(hint))
    held = [set(_WORD.findall(line)) & wanted for line in lines]
    frequency = Counter(word for words in held for word in words)
    weights = [sum(1 / frequency[word] for word in words) for words in held]
    start, stop = _grown([len(line.encode()) for line in lines], _centre(weights), budget)
    whole = stop - start == len(lines)
    return Region(text="".join(lines[start:stop]), start_line=start + 1, end_line=stop, whole=whole)


def _centre(weights: Sequence[float]) -> int:
    """The heaviest line of the heaviest neighbourhood."""
    around = densest(weights, _NEIGHBOURHOOD) or Place(0, 1)
    return max(range(around.start, around.start + around.length), key=lambda i: weights[i])


def _grown(sizes: Sequence[int], centre: int, budget: int) -> tuple[int, int]:
    """Lines on both sides of the centre, as many as fit the budget."""
    start, stop = centre, centre + 1
    left = budget - sizes[centre]
    while True:
        above = start > 0 and sizes[start - 1] <= left
        if above:
            start -= 1
            left -= sizes[start]
        below = stop < len(sizes) and sizes[stop] <= left
        if below:
            left -= sizes[stop]
            stop += 1
        if not (above or below):
            return start, stop
