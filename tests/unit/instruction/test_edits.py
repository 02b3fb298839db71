"""Edits that carry their bytes: SEARCH/REPLACE markers, unified diffs, and text that is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.instruction.edits import elision, has_search_markers, is_unified_diff, search_replace, unified_diff

LINES = st.lists(st.sampled_from(["a", "  b", "", "=", "<<", "x = 1"]), max_size=5)


def lines(text: str) -> list[str]:
    return text.strip("\n").split("\n")


@given(LINES, LINES)
def test_both_texts_of_an_edit_are_the_lines_between_its_markers(old: list[str], new: list[str]) -> None:
    changes, stray = search_replace(["<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"])

    assert [(c.search, c.replace) for c in changes] == [("\n".join(old), "\n".join(new))]
    assert not stray


def test_several_edits_stand_in_one_block() -> None:
    one = ["<<<<<<< SEARCH", "a", "=======", "b", ">>>>>>> REPLACE"]
    changes, _ = search_replace([*one, "", *one])

    assert [(c.first, c.last) for c in changes] == [(0, 4), (6, 10)]


def test_an_empty_replacement_deletes() -> None:
    changes, _ = search_replace(["<<<<<<< SEARCH", "a", "=======", ">>>>>>> REPLACE"])

    assert changes[0].replace == ""


@pytest.mark.parametrize(
    ("block", "stray"),
    [
        (["<<<<<<< SEARCH", "a", "======="], (0,)),
        ([">>>>>>> REPLACE"], (0,)),
        (["<<<<<<< SEARCH", "a", ">>>>>>> REPLACE"], (0,)),
        (["<<<<<<< SEARCH", "<<<<<<< SEARCH", "a", "=======", "b", ">>>>>>> REPLACE"], (0,)),
    ],
)
def test_a_marker_without_partner_is_reported_where_it_stands(
    block: list[str], stray: tuple[int, ...]
) -> None:
    assert search_replace(block)[1] == stray


def test_a_left_shift_is_no_marker() -> None:
    assert not has_search_markers(["x <<<<< y", "SEARCH"])


def test_a_diff_gives_each_hunk_as_an_edit_with_its_context() -> None:
    (patch,) = unified_diff(lines("--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n d"))

    assert (patch.path, patch.created) == ("x.py", None)
    assert [(c.search, c.replace) for c in patch.changes] == [("a\nb\nd", "a\nc\nd")]


def test_a_diff_against_nothing_creates_the_file() -> None:
    (patch,) = unified_diff(lines("--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b"))

    assert (patch.path, patch.created) == ("new.py", "a\nb\n")


def test_a_diff_of_two_files_is_two_patches() -> None:
    one = "--- a/{0}.py\n+++ b/{0}.py\n@@ -1 +1 @@\n-a\n+b\n"

    assert [p.path for p in unified_diff(lines(one.format("x") + one.format("y")))] == ["x.py", "y.py"]


def test_a_markdown_rule_alone_makes_no_diff() -> None:
    assert not is_unified_diff("", ["--- a", "text"])
    assert is_unified_diff("", ["--- a/x", "+++ b/x", "@@ -1 +1 @@"])


@pytest.mark.parametrize(
    "line",
    [
        "# ... existing code ...",
        "// ...",
        "    # … rest of the file",
        "<!-- existing content -->",
        "/* ... */",
    ],
)
def test_a_remark_for_text_left_out_is_an_elision(line: str) -> None:
    assert elision(["a = 1", line]) == 1


@pytest.mark.parametrize("line", ["    ...", "x = [...]", "# three dots... are fine", "print('...')"])
def test_dots_in_code_are_no_elision(line: str) -> None:
    assert elision([line]) is None
