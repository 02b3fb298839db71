"""Labelled pairs: FIND / REPLACE WITH, BEFORE / AFTER, Current / New and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.instruction.cues import STAGE
from app.instruction.edits import Change, has_search_markers
from app.instruction.markdown import Fence, Region
from app.instruction.outline import Outline, Place

LABEL = 200
"""Characters; a longer line is no label."""
_BARE = frozenset(mark for word in ("with", "to", "by", "into") for mark in (word, f"{word}:"))
CLOSE = 8
"""Lines from one block of a pair to the next: a label and blank lines."""

_OLD = re.compile(
    r"\b(?:find|locate|look\s+for|search(?:\s+for)?|replace|change|current(?:ly)?|before|old|original|"
    r"existing|from|was|remove|instead\s+of|swap)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"^\W*(?:(?:and|then|now|so)\s+)?(?:(?:replace|change|update|modify|swap|edit|"
    r"rewrite)\b(?:\s+\w+){0,4}?\s*(?:with|to|by|as|into|so)\b|replace(?:ment)?\b|with\b|to\b|after(?=\W*(?:\(|$))|"
    r"new\b|updated\b|"
    r"becomes?\b|should\s+(?:be|become|now)|into\b|by\b|fixed\b|(?:it\s+)?should\b|this\s+with|desired|"
    r"proposed|correct(?:ed)?\b|use\b|now\b)",
    re.IGNORECASE,
)
_ANNOUNCES_NEW = re.compile(
    r"\b(?:replace|change|swap|update|rewrite)\b.*(?<!starts)(?<!begins)(?<!ends)\s(?:with|by)\b|\bto\W*$",
    re.IGNORECASE,
)
_INSERTS = re.compile(r"\b(?:add|insert|append|put|paste)\b", re.IGNORECASE)
_TRIM = re.compile(r"^(?:[\s>#*\-+\d.)]|\[[ xX]\])*|[\s*`#]+$")
_BODY_LABEL = re.compile(
    r"^\s*(?:#+|//+|--+|;+|/\*+|<!--)?\s*[-=*]*\s*(?P<word>find|search|before|current|old|original|from|"
    r"replace(?:\s+this)?|change(?:\s+from)?|"
    r"replace\s+with|with|after|new|to|change\s+to|updated)\s*(?:\([^)]*\))?\s*:?\s*[-=*]*\s*(?:\*/|"
    r"-->)?\s*$",
    re.IGNORECASE,
)
_OLD_WORDS = (
    "find",
    "search",
    "before",
    "current",
    "old",
    "original",
    "from",
    "change from",
    "change",
    "replace this",
    "replace",
)
_NEW_WORDS = ("replace with", "with", "after", "new", "to", "change to", "updated", "replace")


Placed = tuple[Fence | Region, Place]


def paired(view: Outline, items: Sequence[Placed]) -> dict[int, Fence]:
    """The second block of each labelled pair by the first one's opening line."""
    pairs: dict[int, Fence] = {}
    taken = False
    for (first, place), (second, after) in pairwise(items):
        taken = not taken and _are_pair(view, (first, place), (second, after))
        if taken and isinstance(second, Fence):
            pairs[first.span.start_line] = second
    return pairs


def _are_pair(view: Outline, old: Placed, new: Placed) -> bool:
    first, second = old[0], new[0]
    if not isinstance(first, Fence) or not isinstance(second, Fence):
        return False
    gap = second.span.start_line - first.span.end_line
    if any(STAGE.match(_TRIM.sub("", view.document.line(line))) for line in new[1].prose):
        return False
    said = _label(view, new)
    if (
        not 1 < gap <= CLOSE
        or not _is_new(said)
        or not _is_old(_label(view, old), bare=said.lower() in _BARE)
    ):
        return False
    return not has_search_markers(first.body) and not has_search_markers(second.body)


def _label(view: Outline, placed: Placed) -> str:
    """The words that stand over a block as its label, without decoration; empty where there are none."""
    item, place = placed
    if place.last is not None:
        return _TRIM.sub("", view.document.line(place.last)).strip()
    heading = next(iter(place.headings), None)
    near = heading is not None and item.span.start_line - heading.line <= CLOSE
    return heading.text.strip("* ") if heading and near else ""


def _is_old(label: str, *, bare: bool) -> bool:
    """Whether a label announces old text; before a `bare` word such as `with` any sentence may."""
    ends = bare or label.endswith(":") or len(label.split()) <= 4  # noqa: PLR2004 -- a label
    return (
        bool(label)
        and len(label) <= LABEL
        and ends
        and bool(_OLD.search(label))
        and not _INSERTS.match(label)
        and not _ANNOUNCES_NEW.search(label)
    )


def _is_new(label: str) -> bool:
    return bool(label) and len(label) <= LABEL and bool(_NEW.search(label))


def inside(lines: Sequence[str]) -> tuple[Change, ...]:
    """The pairs inside one block: `# BEFORE` … `# AFTER` …, `FIND:` … `REPLACE WITH:` …."""
    changes: list[Change] = []
    marks = [(n, _word(line)) for n, line in enumerate(lines) if len(line) < 80 and _BODY_LABEL.match(line)]  # noqa: PLR2004 -- a label
    if not marks or any(line.strip() for line in lines[: marks[0][0]]):
        return ()
    for (start, old), (middle, new), (end, _) in zip(
        marks[::2], marks[1::2], [*marks[2::2], (len(lines), "")], strict=False
    ):
        if old not in _OLD_WORDS or new not in _NEW_WORDS:
            return ()
        search, text = _trimmed(lines[start + 1 : middle]), _trimmed(lines[middle + 1 : end])
        changes.append(Change(start, end - 1, "\n".join(search), "\n".join(text), format="labelled_pair"))
    return tuple(changes)


def _word(line: str) -> str:
    match = _BODY_LABEL.match(line)
    return re.sub(r"\s+", " ", match.group("word").lower()) if match else ""


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Without the blank lines at both ends, which only set the labels apart."""
    held = [n for n, line in enumerate(lines) if line.strip()]
    return lines[held[0] : held[-1] + 1] if held else ()
