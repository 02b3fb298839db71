"""Labelled pairs: FIND / REPLACE WITH, BEFORE / AFTER, Current / New and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.instruction.edits import Change, has_search_markers
from app.instruction.markdown import Fence
from app.instruction.outline import Outline

_OLD = re.compile(
    r"\b(?:find|locate|look\s+for|search(?:\s+for)?|replace|change|current(?:ly)?|before|old|original|existing|from|was|remove|instead\s+of|swap)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"^\W*(?:(?:and|then|now|so)\s+)?(?:(?:replace|change|update|modify|swap|edit|rewrite)\b(?:\s+\w+){0,4}?\s*(?:with|to|by|as|into|so)\b|replace(?:ment)?\b|with\b|to\b|after\b|new\b|updated\b|"
    r"becomes?\b|should\s+(?:be|become|now)|into\b|by\b|fixed\b|(?:it\s+)?should\b|this\s+with|desired|proposed|correct(?:ed)?\b|use\b|now\b)",
    re.IGNORECASE,
)
_INSERTS = re.compile(r"\b(?:add|insert|append|put|paste)\b", re.IGNORECASE)
_TRIM = re.compile(r"^[\s>#*\-+\d.)]*|[\s*`#]+$")
_BODY_LABEL = re.compile(
    r"^\s*(?:#+|//+|--+|;+|/\*+|<!--)?\s*[-=*]*\s*(?P<word>find|search|before|current|old|original|from|replace(?:\s+this)?|change(?:\s+from)?|"
    r"replace\s+with|with|after|new|to|change\s+to|updated)\s*(?:\([^)]*\))?\s*:?\s*[-=*]*\s*(?:\*/|-->)?\s*$",
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


def label_of(view: Outline, previous_end: int, fence: Fence) -> str:
    """The words that stand over a block as its label, without decoration; empty where there are none."""
    place = view.place(previous_end, fence.span, fence.span.end_line + 1)
    if place.last is not None:
        return _TRIM.sub("", view.document.line(place.last)).strip()
    heading = next(iter(place.headings), None)
    return heading.text.strip("* ") if heading and heading.line > previous_end else ""


def paired(view: Outline, fences: Sequence[Fence]) -> dict[int, Fence]:
    """The second block of each labelled pair by the first one's opening line."""
    pairs: dict[int, Fence] = {}
    previous = 0
    taken = False
    for first, second in zip(fences, fences[1:], strict=False):
        near = second.span.start_line - first.span.end_line <= 8  # noqa: PLR2004 -- a label and blank lines
        if near and not taken and not has_search_markers(first.body) and not has_search_markers(second.body):
            old, new = label_of(view, previous, first), label_of(view, first.span.end_line, second)
            taken = _is_old(old) and _is_new(new)
            if taken:
                pairs[first.span.start_line] = second
        else:
            taken = False
        previous = first.span.end_line
    return pairs


def _is_old(label: str) -> bool:
    ends = label.endswith(":") or len(label.split()) <= 4  # noqa: PLR2004 -- a label
    return (
        bool(label) and len(label) <= 200 and ends and bool(_OLD.search(label)) and not _INSERTS.match(label)
    )


def _is_new(label: str) -> bool:
    return bool(label) and len(label) <= 200 and bool(_NEW.search(label))  # noqa: PLR2004 -- a label


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
