"""Elision: a comment that stands for code left out, such as `# ... rest of the code`."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused

_NAME = "elision"
_COMMENT = re.compile(
    r"\s*(?:#+|//+|--+|;+|%+|/\*+|<!--|\{/\*+|\{#|REM\b|\*)\s*(.*?)\s*(?:\*+/\}?|-->|#\})?\s*"
)
_THING = (
    r"(?:code|file|class|functions?|methods?|implementations?|modules?|contents?|script|imports?|logic|components?|styles?|"
    r"rules|routes?|handlers?|fields?|tests?|properties|definitions?|configuration|config|settings|endpoints?|models?|"
    r"variables|markup|html|css|body|document|lines|setup|sections?|parts?)"
)
_DOTS = r"(?:\.{3,}|\u2026)"
_LEFT_OUT = re.compile(
    rf"{_DOTS}\s*\(?(?:the |your |all |any )?(?:rest|remaining|remainder|existing|other|previous|same|unchanged|omitted|more {_THING}|additional)\b.*"
    rf"|(?:the |your |all |any )*(?:rest|remainder) of (?:the |your |this )?(?:\w+ )?{_THING}\b.{{0,20}}?(?:{_DOTS}|here|unchanged|remains?\b.*|stays?\b.*|the same|as before|goes here|omitted.*|follows)?\.?"
    rf"|(?:the |your |keep |all |other |any )*(?:existing|previous|remaining|original|unchanged) {_THING}(?: {_THING})?\s*(?:{_DOTS}|here|unchanged|remains?\b.*|stays?\b.*|the same|as before|goes here|omitted|above|below)?\.?"
    rf"|.*\b(?:omitted|truncated|shortened|abbreviated|left out) for (?:brevity|clarity|space|simplicity)\b.*"
    rf"|(?:add |put |insert |write |place )?(?:your|the|more|actual) (?:\w+ )?{_THING} (?:goes )?here{_DOTS}?\.?"
    rf"|(?:implementation|{_THING}) goes here{_DOTS}?\.?"
    rf"|(?:same|unchanged) as (?:before|above|in the original).*{_DOTS}"
    rf"|(?:no changes|unchanged)(?: (?:here|below|above))?{_DOTS}?"
    rf"|.{{0,40}}\b(?:remains?|stays?) (?:the same|unchanged)(?: as before)?{_DOTS}"
    rf"|\(?(?:and )?so on{_DOTS}\)?",
    re.IGNORECASE,
)
_LONGEST = 200


def elision(subject: Subject) -> Finding:
    """Refuses a comment that stands for code left out, if the old file had no such line."""
    if subject.is_prose or subject.suffix in {"json", "csv", "svg"}:
        return passed(_NAME)
    for number, line in enumerate(subject.lines, 1):
        if (
            is_elision(line)
            and line.strip() not in subject.old_lines
            and line.strip() not in subject.instruction
        ):
            detail = f"line {number} of {subject.name} stands for code left out: `{line.strip()}`. Write that code."
            return refused(_NAME, "elision", detail, number)
    return passed(_NAME)


def is_elision(line: str) -> bool:
    """True for a line that is only a comment and says that something was left out."""
    if len(line) > _LONGEST:
        return False
    comment = _COMMENT.fullmatch(line)
    return bool(comment and comment[1] and _LEFT_OUT.fullmatch(comment[1].strip("[]() -*=")))
