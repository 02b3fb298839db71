"""Templates: blanks that a model left for its user to fill."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "templates"
_BLANK = re.compile(
    r"<(?:insert|enter|add|put|replace|your)[ _-][a-z0-9 _'-]{2,40}>|\[(?:insert|enter|put|replace|your)[ _][a-z0-9 _'-]{2,40}\](?!\()"
    r"|\bYOUR_[A-Z0-9_]{2,30}_HERE\b|\{\{\s*(?:placeholder|insert_\w+|your_\w+|TODO)\s*\}\}|\bPLACEHOLDER_[A-Z_]+\b|\[PLACEHOLDER\]",
    re.IGNORECASE,
)
_EXAMPLES = ("example", "sample", "template", "tmpl", "dist")


def templates(subject: Subject) -> Finding:
    """Refuses a blank in code; reports one in a document or in a file that is an example by its name."""
    for number, line in enumerate(subject.lines, 1):
        blank = _BLANK.search(line[:1000])
        if blank is None or line.strip() in subject.old_lines or blank[0] in subject.instruction:
            continue
        example = subject.is_prose or any(word in subject.name.lower() for word in _EXAMPLES)
        detail = f"line {number} of {subject.name} leaves a blank to be filled: `{blank[0]}`"
        return (reported if example else refused)(_NAME, "unfilled", detail, number)
    return passed(_NAME)
