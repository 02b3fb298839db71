"""Paragraphs: lines that an editor wrapped belong together, lines that an author set apart do not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from app.instruction.markdown import Document

WRAPPED = 50
"""Characters; a line that an editor broke is longer, or it breaks off in the middle of a phrase."""
MOST_LINES = 20

_STARTS = re.compile(r"\s*(?:[-*+•]\s|\d+[.)]\s|[>|#<]|\*\*|__|[^\W\d][\w /-]{0,24}:(?:\s|$))")
_ENDS = re.compile(r"[.:;!?|>][\s*_)\"'`]*$|  $|\\$")
_BREAKS_OFF = re.compile(
    r"(?:\b(?:create|write|add|modify|edit|update|put|save|in)\b[^.:`]{0,80}?\b(?:file|script|module|called|named|"
    r"at|the|in|into|to|as|under|create|modify|edit|update|following|with))$",
    re.IGNORECASE,
)


def paragraphs(
    document: Document, prose: Sequence[int], headings: Collection[int]
) -> Iterator[tuple[int, ...]]:
    """The prose lines of a document, those together that one sentence may run through."""
    paragraph: list[int] = []
    for number in prose:
        if paragraph and not _goes_on(document, paragraph, number, headings):
            yield tuple(paragraph)
            paragraph = []
        paragraph.append(number)
    if paragraph:
        yield tuple(paragraph)


def _goes_on(document: Document, paragraph: list[int], number: int, headings: Collection[int]) -> bool:
    last = paragraph[-1]
    if number != last + 1 or number in headings or last in headings or len(paragraph) >= MOST_LINES:
        return False
    above = document.lines[last - 1]
    if above.lstrip()[:1] in "|<" or _ENDS.search(above[-12:]) or _STARTS.match(document.lines[number - 1]):
        return False
    return len(above) >= WRAPPED or _BREAKS_OFF.search(above.rstrip()) is not None
