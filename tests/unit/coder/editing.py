"""Edits of one file, applied to its text."""

from __future__ import annotations

from app.coder.edits import Applied, EditProblem, apply_edits
from app.domain import Edit


def edit(search: str, replace: str) -> Edit:
    return Edit(path="a.py", search=search, replace=replace)


def applied(before: str, *edits: Edit) -> str:
    outcome = apply_edits(before, edits)
    assert isinstance(outcome, Applied), outcome
    return outcome.text


def problem(before: str, *edits: Edit) -> EditProblem:
    outcome = apply_edits(before, edits)
    assert isinstance(outcome, EditProblem), outcome
    return outcome
