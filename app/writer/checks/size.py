"""Size: a generated file that is too small to be one."""

from __future__ import annotations

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused

_NAME = "size"
_MAY_BE_EMPTY = frozenset(
    ("__init__.py", "py.typed", ".gitkeep", ".keep", ".nojekyll", "conftest.py", "__init__.pyi")
)


def size(subject: Subject) -> Finding:
    """Refuses a file smaller than the smallest one taken as real; some files are empty by nature."""
    length, text = len(subject.after.encode()), subject.after.strip()
    spelled_out = bool(text) and text in subject.instruction
    if length >= subject.min_bytes or subject.name in _MAY_BE_EMPTY or spelled_out:
        return passed(_NAME)
    detail = (
        f"{subject.name} has {length} bytes, at least {subject.min_bytes} make a file. Write its contents."
    )
    return refused(_NAME, "too_small", detail)
