"""Undefined names: Python that uses what it neither defines nor imports, by pyflakes."""

from __future__ import annotations

import re

from pyflakes.checker import Checker
from pyflakes.messages import UndefinedName

from app.domain import Finding
from app.writer.checks.python import UNPARSABLE, parsed
from app.writer.checks.subject import Subject, passed, reported

_NAME = "undefined"
_LONGEST = 200_000
_BRINGS_NAMES_IN = re.compile(
    r"\b(?:globals|locals|vars|exec|eval|__import__)\s*\(|\bimport \*|\b__builtins__\b|\bNameError\b"
)
_ELSEWHERE = frozenset(
    (
        "__path__",
        "get_ipython",
        "unicode",
        "basestring",
        "long",
        "xrange",
        "raw_input",
        "unichr",
        "reveal_type",
    )
)
"""Names that a package, a notebook, an older Python or a type checker brings in."""


def undefined(subject: Subject) -> Finding:
    """Tells of names in a Python file that nothing in it brings in; small models forget imports.

    A doubt, not a refusal: a model that forgot an import seldom mends it when told, and a file that lacks
    one is nearer to what was asked than none.
    """
    if subject.suffix != "py" or len(subject.after) > _LONGEST or _BRINGS_NAMES_IN.search(subject.after):
        return passed(_NAME)
    old = _undefined_names(subject.before or "")
    names = {name: line for name, line in _undefined_names(subject.after).items() if name not in old}
    if not names:
        return passed(_NAME)
    line = next(iter(names.values()))
    listed = ", ".join(f"`{name}`" for name in names)
    detail = f"{subject.name} uses {listed}, which it neither defines nor imports (line {line})"
    return reported(_NAME, "undefined_name", detail, line)


def _undefined_names(text: str) -> dict[str, int]:
    """Each undefined name and the first line it stands in; none for what does not parse."""
    try:
        messages = Checker(parsed(text)).messages
    except UNPARSABLE:
        return {}
    found = sorted((m.lineno, m.message_args[0]) for m in messages if isinstance(m, UndefinedName))
    return {name: line for line, name in reversed(found) if name not in _ELSEWHERE}
