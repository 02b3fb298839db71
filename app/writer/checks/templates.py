"""Templates: blanks that a model left for its user to fill."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "templates"
_LONGEST = 1_000
_BLANK = re.compile(
    r"<(?:insert|enter|put|replace|add) (?:your |the |a )?[a-z][a-z _'-]{2,40}>|<your[ _-][a-z0-9 _'-]{2,40}>"
    r"|\[(?:insert|enter|put) (?:your |the |a )?[a-z][a-z '-]{2,40}\](?!\()"
    r"|\[your [a-z][a-z '-]{2,40}\](?!\()"
    r"|\b(?-i:YOUR_[A-Z0-9_]{2,30}_HERE)\b|\{\{\s*(?:placeholder|insert_\w+|your_\w+|TODO)\s*\}\}"
    r"|\b(?-i:PLACEHOLDER_(?:TEXT|VALUE|URL|KEY|NAME))\b|\[PLACEHOLDER\]",
    re.IGNORECASE,
)
_EXAMPLES = ("example", "sample", "template", "tmpl", "dist")


def templates(subject: Subject) -> Finding:
    """Refuses a blank in code; reports one in a document or in a file that is an example by its name."""
    for number, line in enumerate(subject.lines, 1):
        blank = _BLANK.search(line[:_LONGEST])
        if blank is None or subject.knows(line) or blank[0] in subject.instruction:
            continue
        example = subject.is_prose or any(word in subject.name.lower() for word in _EXAMPLES)
        detail = f"line {number} of {subject.name} leaves a blank to be filled: `{blank[0]}`"
        return (reported if example else refused)(_NAME, "unfilled", detail, number)
    return passed(_NAME)
