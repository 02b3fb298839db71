"""Hunks: what SEARCH/REPLACE parts, diffs and patches hold in rarer forms, and which line is at fault."""

from __future__ import annotations

import pytest

from app.coder.hunks import form_of, read
from app.domain import Edit


def edits(form: str, text: str, path: str = "a.py") -> list[tuple[str, str, str]]:
    found = read(form, text.split("\n"), path, 1)
    assert not found.problems
    return [(edit.path, edit.search, edit.replace) for edit in found.edits]


def diff_of(text: str) -> list[tuple[str, str, str]]:
    return edits("unified_diff", text)


def told(form: str, text: str) -> list[tuple[str, int | None]]:
    found = read(form, text.split("\n"), "a.py", 10)
    return [(problem.code, problem.line) for problem in found.problems]


@pytest.mark.parametrize(
    ("text", "tag", "form"),
    [
        ("<<<<<<< SEARCH\na", "", "search_replace"),
        ("a.py\n\n<<<<<<< SEARCH\na", "", "search_replace"),
        ("a = 1\nb = 2\nc = 3\n<<<<<<< SEARCH", "", None),
        ("*** Begin Patch\n*** Update File: a.py", "", "patch"),
        ("\n*** Update File: a.py\n@@", "", "patch"),
        ("--- a.py\n+++ a.py\n@@", "", "unified_diff"),
        ("diff --git a/a.py b/a.py\nindex 1..2", "", "unified_diff"),
        ("the change\n--- a.py\n+++ a.py", "", "unified_diff"),
        ("--- a.py\n\n+++ a.py", "", None),
        ("- a\n+ b", "diff", "unified_diff"),
        ("  a\n+ b", "patch", "unified_diff"),
        ("  a\n- b", "udiff", "unified_diff"),
        ("- a\n+ b", "yaml", None),
        ("nothing", "diff", None),
        ("", "", None),
    ],
)
def test_how_a_block_expresses_edits(text, tag, form):
    assert form_of(text.split("\n"), tag) == form


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (":start_line:3\n-------\na\nb", "a\nb"),
        (":start_line:3\n-------", ""),
        (":start_line:3\na\nb", "a\nb"),
        (":start_line:3", ""),
        ("a\n:start_line:3", "a\n:start_line:3"),
    ],
)
def test_a_line_number_ahead_of_the_search_is_no_part_of_it(search, expected):
    text = f"<<<<<<< SEARCH\n{search}\n=======\nx\n>>>>>>> REPLACE"

    assert edits("search_replace", text) == [("a.py", expected, "x")]


def test_search_and_replace_may_be_indented_as_a_whole():
    text = "  <<<<<<< SEARCH\n  a\n  =======\n  b\n  >>>>>>> REPLACE"

    assert edits("search_replace", text) == [("a.py", "  a", "  b")]


def test_the_divider_is_as_wide_as_the_head_where_several_could_be_it():
    text = "<<<<<<< SEARCH\nTitle\n=====\n=======\nName\n=====\n>>>>>>> REPLACE"

    assert edits("search_replace", text) == [("a.py", "Title\n=====", "Name\n=====")]


def test_a_lone_divider_may_be_of_another_width():
    assert edits("search_replace", "<<<<< SEARCH\na\n=======\nb\n>>>>> REPLACE") == [("a.py", "a", "b")]


def test_a_name_above_or_beside_a_search_holds_until_the_next():
    part = "a\n=======\nb\n>>>>>>> REPLACE\n"
    text = f"<<<<<<< SEARCH\n{part}src/b.py\n<<<<<<< SEARCH\n{part}<<<<<<< SEARCH c.py\n{part}"

    assert [path for path, _, _ in edits("search_replace", text)] == ["a.py", "src/b.py", "c.py"]


def test_a_search_part_that_is_not_closed_does_not_take_the_next_one_along():
    text = "x\n<<<<<<< SEARCH\na\n<<<<<<< SEARCH\nb\n=======\nc\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nd"

    found = read("search_replace", text.split("\n"), "a.py", 10)

    assert [(p.code, p.line) for p in found.problems] == [("edit_not_closed", 11), ("edit_not_closed", 18)]
    assert [(e.search, e.replace) for e in found.edits] == [("b", "c")]


def test_a_search_part_without_its_divider_is_told_and_the_next_is_read():
    text = "x\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nb\n=======\nc\n>>>>>>> REPLACE"

    found = read("search_replace", text.split("\n"), "a.py", 10)

    assert [(p.code, p.line) for p in found.problems] == [("edit_unclear", 11)]
    assert [(e.search, e.replace) for e in found.edits] == [("b", "c")]


def test_an_edit_says_that_it_was_a_diff():
    found = read("unified_diff", ["@@ -1 +1 @@", "-a", "+b"], "a.py", 1)

    assert found.edits == [Edit(path="a.py", search="a", replace="b", format="unified_diff")]


def test_context_that_lost_its_space_is_context():
    assert diff_of("@@\nX = 1\n-a\n+b\n\n c") == [("a.py", "X = 1\na\n\nc", "X = 1\nb\n\nc")]


def test_a_word_on_a_missing_line_end_is_no_line():
    text = "@@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file"

    assert diff_of(text) == [("a.py", "a", "b")]


def test_a_removed_comment_at_the_end_of_a_diff_is_no_head():
    assert diff_of("--- a.sql\n+++ a.sql\n@@\n-x\n--- end") == [("a.sql", "x\n-- end", "")]


def test_times_behind_the_names_of_a_diff_are_no_part_of_them():
    text = "--- a/my file.py\t2026-01-01 10:00\n+++ b/my file.py\t2026-01-02 10:00\n@@\n-a\n+b"

    assert diff_of(text) == [("my file.py", "a", "b")]


def test_a_file_without_an_extension_can_be_changed_by_its_head():
    assert diff_of("--- a/bin/run\n+++ b/bin/run\n@@\n-a\n+b") == [("bin/run", "a", "b")]
    assert edits("patch", "*** Update File: bin/run\n@@\n-a\n+b") == [("bin/run", "a", "b")]


def test_lines_of_git_between_the_files_of_a_diff_belong_to_neither():
    text = (
        "diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n"
        "diff --git a/b.py b/b.py\nold mode 100644\nnew mode 100755\n"
        "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-c\n+d"
    )

    assert diff_of(text) == [("a.py", "a", "b"), ("b.py", "c", "d")]


def test_a_diff_against_nothing_is_a_new_file():
    lines = ["--- /dev/null\t1970-01-01 00:00", "+++ b/c.py", "@@ -0,0 +1,2 @@", "+x", "+y"]

    assert read("unified_diff", lines, "", 1).files == [("c.py", "x\ny\n")]


def test_a_hunk_that_changes_nothing_is_no_edit():
    assert diff_of("--- a.py\n+++ a.py\n@@\n a\n@@\n-b\n+c") == [("a.py", "b", "c")]


def test_a_deletion_is_told_where_it_stands_and_the_rest_is_read():
    text = "-x\n--- my file.py\t2026\n+++ /dev/null\t1970\n@@\n-x\n--- b.py\n+++ b.py\n@@\n-c\n+d"

    found = read("unified_diff", text.split("\n"), "a.py", 10)

    assert [(p.code, p.line) for p in found.problems] == [("deletion_in_reply", 11)]
    assert "`my file.py`" in found.problems[0].message
    assert [(e.path, e.replace) for e in found.edits] == [("a.py", ""), ("b.py", "d")]


@pytest.mark.parametrize(
    ("form", "text", "line"),
    [
        ("unified_diff", "+x", 10),
        ("unified_diff", "@@\n+x", 10),
        ("unified_diff", "--- a.py\n+++ a.py\n+x", 12),
        ("unified_diff", "--- a.py\n+++ a.py\n@@\n-a\n+b\n@@\n+x", 15),
        ("unified_diff", "words\n--- a.py\n+++ a.py\n@@\n-a\n+b\n@@\n+x", 16),
        ("patch", "*** Begin Patch\n*** Update File: a.py\n@@\n+x", 12),
    ],
)
def test_a_hunk_without_context_is_told_at_its_own_line(form, text, line):
    assert told(form, text) == [("edit_without_context", line)]


def test_a_patch_adds_and_updates_files_and_moves_none():
    text = (
        "*** Begin Patch\n*** Add File: bin/new\n+x\n+\n+y\n*** Update File: b.py\n*** Move to: c.py\n"
        "*** Update File: d.py\n@@\n-a\n+b\n*** Delete File: e.py\n*** End Patch"
    )

    found = read("patch", text.split("\n"), "", 10)

    assert found.files == [("bin/new", "x\n\ny\n")]
    assert [(e.path, e.search, e.replace) for e in found.edits] == [("d.py", "a", "b")]
    assert [(p.code, p.line) for p in found.problems] == [
        ("deletion_in_reply", 16),
        ("deletion_in_reply", 21),
    ]
    assert ["`c.py`" in found.problems[0].message, "`e.py`" in found.problems[1].message] == [True, True]


def test_a_file_that_shows_the_heads_of_a_diff_further_down_is_no_diff():
    assert form_of(["x = 1"] * 3 + ["--- a/x", "+++ b/x", "@@"], "") is None
    assert form_of(["# filepath: x", "", "The change:", "--- a/x", "+++ b/x", "@@"], "") == "unified_diff"
