"""Shrinking: a new version that loses more than half of a file, or its imports and definitions."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "shrink"
_SMALL = 200
_DEFINITION = re.compile(
    r"^(?:export\s+|default\s+|pub(?:\([a-z]+\))?\s+|public\s+|private\s+|static\s+|async\s+|abstract\s+|final\s+)*"
    r"(?:def|class|function\*?|func(?:\s+\([^)\n]{0,80}\))?|fn|struct|enum|trait|interface|type|impl|module|"
    r"const|CREATE TABLE)"
    r"\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
_IMPORT = re.compile(r"^(?:import|from|#include|use|require|using)\b[^\n]*", re.MULTILINE)
_ASKED = re.compile(
    r"\b(?:remov\w+|delet\w+|drop\w*|strip\w*|shorten\w*|shrink\w*|simplif\w+|reduc\w+|trim\w*|clean\w*|"
    r"rewrit\w+|replac\w+|"
    r"empty|split\w*|mov(?:e|ed|ing)|extract\w*|minimal|from scratch|refactor\w*|rename\w*|condens\w+|"
    r"overwrit\w+)\b",
    re.IGNORECASE,
)


def shrink(subject: Subject) -> Finding:
    """Refuses a loss that the instruction does not speak of; reports a smaller one, or one it does speak
    of.
    """
    before, after = subject.before, subject.after
    if not before or len(before) < _SMALL:
        return passed(_NAME)
    asked = bool(_ASKED.search(subject.instruction))
    answer = reported if asked else refused
    if len(after.strip()) * 2 < len(before.strip()):
        sizes = f"{len(after)} characters where the old one had {len(before)}"
        detail = f"the new {subject.name} has {sizes}. Write all of it."
        return answer(_NAME, "shrunk", detail)
    lost = [name for name in _names(before) if not re.search(rf"\b{re.escape(name)}\b", after)]
    if lost:
        detail = (
            f"the new {subject.name} no longer has: {', '.join(lost[:8])}. Keep what was not to be removed."
        )
        many = len(lost) * 2 > len(_names(before)) and len(lost) > 1
        return (answer if many else reported)(_NAME, "definitions_lost", detail)
    if len(_IMPORT.findall(before)) > 1 and not _IMPORT.search(after):
        return answer(_NAME, "imports_lost", f"the new {subject.name} has lost its imports. Write all of it.")
    return passed(_NAME)


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(_DEFINITION.findall(text)))
