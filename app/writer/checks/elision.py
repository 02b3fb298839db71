"""Elision: a comment that stands for code left out, such as `# ... rest of the code`."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused

_NAME = "elision"
_WITHOUT_COMMENTS = frozenset(("json", "csv", "svg"))
_LONGEST = 200
_COMMENT = re.compile(
    r"\s*(?:\.{3}\s*)?(?:#+|//+|--+|;+|%+|/\*+|<!--|\{/\*+|\{#|REM\b|\*)\s*(.*?)\s*(?:\*+/\}?|-->|#\})?\s*"
)
_DOTS = r"(?:\.{3,}|\u2026)"
_THING = (
    r"(?:code|file|class|functions?|methods?|implementations?|modules?|contents?|script|imports?|logic|"
    r"components?|styles?|rules|routes?|handlers?|fields?|tests?|properties|definitions?|configuration|config|"
    r"settings|endpoints?|models?|variables|markup|html|css|body|document|lines|setup|sections?|parts?)"
)
_LEFT = rf"(?:{_DOTS}|here|unchanged|remains?\b.*|stays?\b.*|the same|as before|goes here|omitted.*|follows)"
_DOTTED = (
    rf"{_DOTS}\s*\(?(?:keep |with )?(?:the |your |all |any )?"
    rf"(?:rest|remaining|remainder|existing|other|previous|same|unchanged|omitted|more {_THING})\b.*"
)
_REST = (
    rf"(?:the |your |all |any )*(?:rest|remainder) of (?:the |your |this )?(?:\w+ )?{_THING}\b"
    rf".{{0,20}}?{_LEFT}?\.?"
)
_EXISTING = (
    r"(?:the |your |keep |all |other |any )*(?:existing|previous|remaining|original|unchanged) "
    rf"{_THING}(?: {_THING})?\s*(?:{_LEFT}|above|below)?\.?"
)
_SHORT = r".*\b(?:omitted|truncated|shortened|abbreviated|left out) for (?:brevity|clarity|space)\b.*"
_HERE = rf"(?:add |put |insert |write )?(?:your|the|more|actual) (?:\w+ )?{_THING} (?:goes )?here{_DOTS}?\.?"
_GOES = rf"(?:implementation|{_THING}) goes here{_DOTS}?\.?"
_SAME = rf"(?:same|unchanged) as (?:before|above|in the original).*{_DOTS}"
_UNCHANGED = rf"(?:no changes|unchanged)(?: (?:here|below|above))?{_DOTS}?"
_REMAINS = rf".{{0,40}}\b(?:remains?|stays?) (?:the same|unchanged)(?: as before)?{_DOTS}"
_SO_ON = rf"\(?(?:(?:and )?so on|etc)\.?\s*{_DOTS}\)?"
_TO_DO = (
    r"(?:TODO|FIXME)[:\s(-]*(?:implement|add|write|complete|finish) (?:the )?(?:rest|remaining|others?)\b.*"
)
_LEFT_OUT = re.compile(
    rf"{_DOTTED}|{_REST}|{_EXISTING}|{_SHORT}|{_HERE}|{_GOES}|{_SAME}|{_UNCHANGED}|{_REMAINS}|{_SO_ON}|{_TO_DO}",
    re.IGNORECASE,
)


def elision(subject: Subject) -> Finding:
    """Refuses a comment that stands for code left out, if neither the old file nor the author has such a
    line.
    """
    if subject.is_prose or subject.suffix in _WITHOUT_COMMENTS:
        return passed(_NAME)
    for number, line in enumerate(subject.lines, 1):
        if is_elision(line) and not subject.knows(line):
            detail = f"line {number} of {subject.name} leaves code out: `{line.strip()}`. Write that code."
            return refused(_NAME, "elision", detail, number)
    return passed(_NAME)


def is_elision(line: str) -> bool:
    """True for a line that is only a comment and says that something was left out."""
    comment = _COMMENT.fullmatch(line) if len(line) <= _LONGEST else None
    return bool(comment and comment[1] and _LEFT_OUT.fullmatch(comment[1].strip("[]() -*=")))
