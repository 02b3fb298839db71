"""Labelled pairs: the text to find and the text to put there, in two blocks or in one."""

from __future__ import annotations

import pytest

from app.domain import Use
from app.instruction.ledger import read
from app.instruction.pairs import inside

LABELS = [
    ("**FIND:**", "**REPLACE WITH:**"),
    ("Find:", "Replace with:"),
    ("**Before:**", "**After:**"),
    ("Current:", "New:"),
    ("Change this:", "To:"),
    ("Find this line:", "Replace it with:"),
    ("Old code:", "Should become:"),
]


def document(old: str, new: str) -> str:
    return f"# Fix\n\nIn `a.py`:\n\n{old}\n\n```python\nx = 1\n```\n\n{new}\n\n```python\nx = 2\n```\n"


@pytest.mark.parametrize(("old", "new"), LABELS)
def test_two_labelled_blocks_are_one_edit(old: str, new: str) -> None:
    ledger = read(document(old, new))
    (edit,) = (found.edit for found in ledger.deliverables)

    assert edit is not None
    assert (edit.path, edit.search, edit.replace) == ("a.py", "x = 1", "x = 2")
    assert [block.use for block in ledger.blocks] == [Use.EDIT, Use.EDIT]


def test_a_pair_that_leaves_text_out_is_left_to_a_model() -> None:
    (found,) = read(document("Before:", "After:").replace("x = 2", "# ... existing code ...")).deliverables

    assert (found.path, found.open, found.edit) == ("a.py", True, None)


def test_a_pair_that_names_no_file_is_reported() -> None:
    ledger = read(document("Before:", "After:").replace("In `a.py`:\n\n", ""))

    assert not ledger.deliverables
    assert "edit_without_file" in {problem.code for problem in ledger.problems}


def test_an_addition_is_no_pair() -> None:
    ledger = read(document("Add the import:", "Now add the call:"))

    assert [found.edit for found in ledger.deliverables] == [None, None]


@pytest.mark.parametrize(
    ("old", "new"), [("# BEFORE", "# AFTER"), ("FIND:", "REPLACE WITH:"), ("// old", "// new")]
)
def test_labels_inside_one_block_part_it_into_both_texts(old: str, new: str) -> None:
    (change,) = inside([old, "a", "", new, "b"])

    assert (change.search, change.replace) == ("a", "b")


@pytest.mark.parametrize(
    "block", [["x", "# BEFORE", "a", "# AFTER", "b"], ["# AFTER", "a", "# BEFORE", "b"], ["a"]]
)
def test_a_block_that_only_holds_such_words_is_no_pair(block: list[str]) -> None:
    assert inside(block) == ()
