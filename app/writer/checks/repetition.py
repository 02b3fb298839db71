"""Repetition: a model that went round in circles until the file's end."""

from __future__ import annotations

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused

_NAME = "repetition"
_ROUNDS = 6
_LONGEST_ROUND = 40
_LEAST_CHARS = 400


def repetition(subject: Subject) -> Finding:
    """Refuses a file whose end is the same lines at least six times over, and as much as all before them."""
    numbers = [number for number, line in enumerate(subject.lines, 1) if line.strip()]
    lines = [subject.lines[number - 1].strip() for number in numbers]
    if subject.before is not None and subject.after.startswith(subject.before):
        return passed(_NAME)
    for length in range(1, min(_LONGEST_ROUND, len(lines) // _ROUNDS) + 1):
        repeated = _repeated(lines, length)
        chars = sum(map(len, lines[len(lines) - repeated :]))
        if repeated >= _ROUNDS * length and chars >= _LEAST_CHARS and repeated * 2 >= len(lines):
            detail = f"the last {repeated} lines of {subject.name} repeat the same {length}. Write them once."
            return refused(_NAME, "repetition", detail, numbers[-repeated])
    return passed(_NAME)


def _repeated(lines: list[str], length: int) -> int:
    """How many lines at the end repeat with this period."""
    start = len(lines) - length
    while start > 0 and lines[start - 1] == lines[start - 1 + length]:
        start -= 1
    return len(lines) - start
