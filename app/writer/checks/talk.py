"""Talk: a model's own words to its user around the code."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused

_NAME = "talk"
_LONGEST = 300
_WORK = (
    r"(?:code|file|script|implementation|version|solution|contents?|module|program|function|class|component)"
)
_DOES = (
    "adds|allows|can|checks|contains|creates|defines|demonstrates|does|generates|handles|implements|includes|is|"
    "performs|prints|provides|reads|returns|runs|sets|should|shows|starts|takes|uses|will|writes"
)
_BEFORE = re.compile(
    r"(?:sure|certainly|of course|absolutely|great|okay|ok)[,!.:]\s.*"
    rf"|(?:here(?:'s| is| are)|below is|the following is|this is) (?:the|an?|your|my)\b.*\b{_WORK}\b.*:"
    r"|i(?:'ve| have|'ll| will) (?:created?|updated?|written|write|added?|implemented?|ma[dk]e|modified)\b.*"
    r"|to (?:implement|create|solve|fix|achieve) (?:this|the)\b.*,.*:",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:let me know|feel free|(?:i )?hope this helps|i hope this|please let me).*"
    r"|if you (?:have|need|want)\b.*(?:question|let me|further|help).*"
    rf"|this {_WORK} (?:{_DOES})\b.*"
    r"|(?:\*\*)?(?:explanation|notes?|key (?:changes|features|points)|changes made|usage):(?:\*\*)?.*",
    re.IGNORECASE,
)


def talk(subject: Subject) -> Finding:
    """Refuses a first line that announces the file and a last paragraph that talks about it."""
    filled = [number for number, line in enumerate(subject.lines, 1) if line.strip()]
    if not filled:
        return passed(_NAME)
    first, last = filled[0], filled[-1]
    if _says(subject, first, _BEFORE):
        return _refused(subject, first)
    if not subject.is_prose and _says(subject, last, _AFTER):
        return _refused(subject, last)
    return passed(_NAME)


def _says(subject: Subject, number: int, pattern: re.Pattern[str]) -> bool:
    line = subject.lines[number - 1]
    return not subject.knows(line) and bool(pattern.fullmatch(line.strip()[:_LONGEST]))


def _refused(subject: Subject, line: int) -> Finding:
    said = subject.lines[line - 1].strip()[:120]
    detail = f"line {line} of {subject.name} is talk, not its contents: `{said}`. Leave it out."
    return refused(_NAME, "talk", detail, line)
