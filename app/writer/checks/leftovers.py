"""Leftovers: parts of the reply's own form that got into a file: fences, markers, edit signs, tags."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "leftovers"
_EDIT_SIGN = re.compile(r"<{7} SEARCH|>{7} REPLACE|\*\*\* (?:Begin|End) Patch")
_MARKER = re.compile(r"\s*(?:#|//|--|;|%|/\*|<!--)\s*file ?path\s*:\s*\S", re.IGNORECASE)
_FENCE = re.compile(r"(?:`{3,}|~{3,})\s*[\w+#.-]*\s*")
_MODEL_MARK = re.compile(r"</?think(?:ing)?>|<\|[a-z_]{2,20}\|>|</s>", re.IGNORECASE)


def leftovers(subject: Subject) -> Finding:
    """Refuses edit signs and think marks on lines of their own, and fences around the whole; reports a
    second marker.
    """
    for number, line in enumerate(subject.lines, 1):
        bare = line.strip()
        if subject.knows(line):
            continue
        if _EDIT_SIGN.fullmatch(bare) and not subject.is_prose:
            return _refused(subject, number, "an edit sign")
        if _MODEL_MARK.fullmatch(bare) and not subject.is_prose:
            return _refused(subject, number, "a mark of the model's own")
    return _fences(subject) or _marker(subject) or passed(_NAME)


def _fences(subject: Subject) -> Finding | None:
    """A fence as the first or last line is the reply's; in Markdown only one around the whole is
    suspicious.
    """
    filled = [number for number, line in enumerate(subject.lines, 1) if line.strip()]
    fences = {number for number in filled if _FENCE.fullmatch(subject.lines[number - 1])}
    if not fences or (subject.before or "").lstrip().startswith("```"):
        return None
    first, last = filled[0], filled[-1]
    if subject.is_prose:
        detail = f"all of {subject.name} stands in one fence"
        return (
            reported(_NAME, "fence_around", detail, first)
            if fences == {first, last} and subject.suffix
            else None
        )
    around = sorted(fences & {first, last})
    return _refused(subject, around[0], "a fence") if around else None


def _marker(subject: Subject) -> Finding | None:
    line = next((n for n, line in enumerate(subject.lines, 1) if _MARKER.match(line)), None)
    if line is None or subject.knows(subject.lines[line - 1]):
        return None
    return reported(_NAME, "marker_inside", f"line {line} of {subject.name} looks like a file marker", line)


def _refused(subject: Subject, line: int, what: str) -> Finding:
    detail = f"line {line} of {subject.name} is {what}: `{subject.lines[line - 1].strip()}`. Leave it out."
    return refused(_NAME, "leftover", detail, line)
