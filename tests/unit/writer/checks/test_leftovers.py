"""Leftovers: signs, fences and markers of the reply's own form."""

from __future__ import annotations

import pytest

from app.writer.checks.leftovers import leftovers
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< SEARCH",
        ">>>>>>> REPLACE",
        "*** Begin Patch",
        "*** End Patch",
        "</think>",
        "<|im_end|>",
        "</s>",
    ],
)
def test_signs_of_the_replys_own_form_are_refused(line):
    assert answer(leftovers, "a.css", f"a\n  {line}\nb\n") == (False, "leftover")
    assert answer(leftovers, "a.css", f"a\n{line}\nb\n", before=f"{line}\n") == PASS
    assert answer(leftovers, "a.md", f"a\n{line}\nb\n") == PASS
    assert answer(leftovers, "a.css", f"a\nx {line}\nb\n") == PASS


@pytest.mark.parametrize("after", ["```css\np {}\n```\n", "\n```\np {}\n", "p {}\n```\n\n", "~~~\np {}\n"])
def test_a_fence_at_an_end_of_code_is_refused(after):
    assert answer(leftovers, "a.css", after) == (False, "leftover")
    assert answer(leftovers, "a.css", after, before="```\n") == PASS


def test_fences_within_code_and_in_documents_pass():
    assert answer(leftovers, "a.js", "a\n```\nb\n") == PASS
    assert answer(leftovers, "a.md", "```\na\n```\n\n```\nb\n```\n") == PASS
    assert answer(leftovers, "a.md", "# A\n```\na\n```\n") == PASS
    assert answer(leftovers, "a.py", "") == PASS


def test_a_document_in_one_fence_is_reported():
    assert answer(leftovers, "a.md", "```markdown\n# A\n```\n") == (True, "fence_around")


def test_a_marker_inside_is_reported():
    assert answer(leftovers, "a.py", "x = 1\n# filepath: b.py\n") == (True, "marker_inside")
    assert answer(leftovers, "a.py", "x = 1\n# filepath: b.py\n", before="# filepath: b.py\n") == PASS
    assert leftovers(Subject(path="a.py", after="x = 1\n# filepath: b.py\n")).line == 2
