"""Undefined names: Python that uses what it neither defines nor imports, by pyflakes."""

from __future__ import annotations

import ast
import re
import warnings

from pyflakes.checker import Checker
from pyflakes.messages import UndefinedName

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

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
    """Refuses a Python file with a name that nothing in it brings in; small models forget imports.

    Names the old file had too, and files that bring names in by other means, are only told.
    """
    if subject.suffix != "py" or len(subject.after) > _LONGEST:
        return passed(_NAME)
    names = _undefined_names(subject.after)
    if not names:
        return passed(_NAME)
    line = next(iter(names.values()))
    listed = ", ".join(f"`{name}`" for name in names)
    detail = f"{subject.name} uses {listed}, which it neither defines nor imports (line {line})"
    old = _undefined_names(subject.before or "")
    certain = not names.keys() <= old.keys() and not _BRINGS_NAMES_IN.search(subject.after)
    return (refused if certain else reported)(_NAME, "undefined_name", detail, line)


def _undefined_names(text: str) -> dict[str, int]:
    """Each undefined name and the first line it stands in; none for what does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            messages = Checker(ast.parse(text)).messages
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found = sorted((m.lineno, m.message_args[0]) for m in messages if isinstance(m, UndefinedName))
    return {name: line for line, name in reversed(found) if name not in _ELSEWHERE}
