"""Pieces without fences: what stands below markers and rules, between tags, and beside bare edits."""

from __future__ import annotations

import pytest

from app.coder.pieces import Piece, Pieces, shifted, unfenced


def told(pieces) -> list[tuple[str | None, str, int, int, str]]:
    """Path, rule, first line, last line and text of each."""
    return [
        (p.name.path if p.name else None, p.name.rule if p.name else "", p.line, p.end_line, p.text)
        for p in pieces
    ]


def test_each_marker_names_the_lines_down_to_the_next():
    text = "intro\n# filepath: a.py\nx = 1\n\n\n# file: b.py\n# file: c.py\ny = 2"

    assert told(unfenced(text)) == [
        ("a.py", "filepath_comment", 2, 3, "x = 1\n"),
        ("b.py", "filepath_comment", 6, 6, ""),
        ("c.py", "filepath_comment", 7, 8, "y = 2\n"),
    ]
    assert {(p.form, p.tag, p.closed) for p in unfenced(text)} == {("fence", "", True)}


@pytest.mark.parametrize("rule", ["==", "===", "---", "***", "###"])
def test_a_ruled_name_holds_down_to_its_end_and_what_follows_that_is_talk(rule):
    text = f"{rule} b.py {rule}\nx\n\n{rule} END {rule}\nchat\n{rule} BEGIN c.py {rule}\nz\n"

    assert told(unfenced(text)) == [
        ("b.py", "name_line", 1, 2, "x\n"),
        ("c.py", "name_line", 6, 7, "z\n"),
    ]


def test_a_ruled_end_before_any_name_is_nothing():
    assert unfenced("=== END ===\n# filepath: a.py\nx\n") == unfenced("\n# filepath: a.py\nx\n")


def test_a_rule_without_a_name_leaves_the_file_above_it_whole():
    assert told(unfenced("# filepath: a.md\none\n--- two words ---\ntwo\n")) == [
        ("a.md", "filepath_comment", 1, 4, "one\n--- two words ---\ntwo\n")
    ]


def test_json_is_one_piece_of_all_its_lines():
    text = '{"files": [{"path": "a.py",\n"content": "x"}]}'

    assert unfenced(f"{text}\n\n") == [Piece("fence", 1, 4, "json", f"{text}\n", closed=True)]


@pytest.mark.parametrize(("names", "read"), [(999, 999), (1_000, 1_000), (1_003, 1_000)])
def test_a_thousand_markers_are_read(names, read):
    assert len(unfenced("# filepath: a.py\nx\n" * names)) == read


def test_a_piece_of_a_block_further_down_is_moved_as_a_whole():
    [piece] = unfenced("# filepath: a.py\nx\ny\n")
    moved = shifted(piece, 7)

    assert (moved.line, moved.end_line) == (8, 10)
    assert (moved.text, moved.name) == (piece.text, piece.name)


def test_a_tagged_file_loses_its_indentation_and_the_fence_around_all_of_it():
    text = 'hi\n\n  <file path="a.py">\n  ```\n  x\n  ```\n  </file>\nbye\n'

    assert told(Pieces(text)) == [("a.py", "tag", 3, 7, "x\n")]
    assert [piece.tag for piece in Pieces(text)] == [""]


def test_only_line_ends_are_taken_off_the_end_of_what_a_marker_names():
    assert told(unfenced("# filepath: a.md\none  \n\n# filepath: b.md\nXX\n")) == [
        ("a.md", "filepath_comment", 1, 2, "one  \n"),
        ("b.md", "filepath_comment", 4, 5, "XX\n"),
    ]


@pytest.mark.parametrize(
    "inside", ["```\nx\n", "```\nx\n```\ny\n", "y\n```\nx\n```\n", "~~~\nx\n~~~\n~~~\ny\n~~~\n"]
)
def test_fences_that_are_not_around_all_of_a_tagged_file_are_its_own(inside):
    assert told(Pieces(f'<file path="a.md">\n{inside}</file>\n'))[0][4] == inside


def test_a_tagged_file_whose_lines_stand_further_left_keeps_them():
    assert told(Pieces('   <file path="a.py">\nx\n   y\n   </file>\n'))[0][4] == "x\n   y\n"


def test_a_bare_edit_has_the_name_on_the_line_above_and_its_own_lines():
    text = "a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\nmore"

    assert told(Pieces(text)) == [("a.py", "name_line", 2, 6, text[5:-5])]


@pytest.mark.parametrize(("blank", "named"), [(0, True), (1, True), (2, True), (3, False)])
def test_the_line_below_a_block_may_name_it_across_two_blank_lines(blank, named):
    gap = "\n" * blank
    [piece] = Pieces(f"```\nx\n```\n{gap}Save this as `b.py`.\n")

    assert (piece.name_below is not None) is named
