"""Edits: what a problem tells the coder, and the rarer forms of lines, ends and edits made before."""

from __future__ import annotations

import re

import pytest

from app.coder.edits import Applied, AppliedBytes, EditProblem, apply_edits, apply_to_bytes
from tests.unit.coder.editing import applied, edit, problem

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TEN = "".join(f"line {word}\n" for word in WORDS)


def quoted(found: EditProblem) -> list[int]:
    """The numbers of the lines that a message quotes."""
    return [int(number) for number in re.findall(r"^ *(\d+) \|", found.message, re.MULTILINE)]


def test_a_missing_edit_is_told_with_two_lines_around_the_nearest():
    found = problem(TEN, edit("line one", "first"), edit("line five and more", "x"))

    assert (found.index, found.start_line, found.end_line) == (1, 5, 5)
    assert found.message.startswith("edit 2 of `a.py` has no place")
    assert quoted(found) == [3, 4, 5, 6, 7]


def test_an_ambiguous_edit_is_told_with_three_lines_around_the_first_place():
    found = problem("start\n" + TEN + TEN, edit("start", "begin"), edit("line five\nline six", "y"))

    assert (found.index, found.start_line, found.end_line) == (1, 6, 7)
    assert found.message.startswith("edit 2 of `a.py` is ambiguous")
    assert quoted(found) == [3, 4, 5, 6, 7, 8, 9, 10]


def test_a_quotation_is_forty_lines_of_two_hundred_characters_at_most():
    lines = [f"word {i} {'x' * 500}" for i in range(60)]

    found = problem("\n".join(lines), edit("\n".join(f"{line}!" for line in lines), "y"))

    assert quoted(found) == list(range(1, 41))
    assert found.message.splitlines()[-1] == f"40 | {lines[39][:200]}"


def test_an_edit_that_would_fit_its_own_result_is_named_and_asks_for_more_lines():
    found = problem("c\na\na\nb\nb\n", edit("c", "d"), edit("a\nb", ""))

    assert (found.code, found.index) == ("edit_ambiguous", 1)
    assert "more of the lines around" in found.message


def test_a_blank_search_in_a_file_with_contents_is_named_and_explained():
    found = problem("c\n", edit("c", "d"), edit("", "a"))

    assert (found.code, found.index) == ("edit_search_empty", 1)
    assert "only right for a new file" in found.message


def test_a_character_the_encoding_lacks_is_laid_to_the_last_edit():
    outcome = apply_to_bytes(b"gr\xf6\xdfe\nb\n", [edit("größe", "size"), edit("b", "\u00fc\u2206")])

    assert isinstance(outcome, EditProblem)
    assert (outcome.code, outcome.index) == ("edit_not_encodable", 1)


def test_every_edit_that_is_there_already_is_counted():
    outcome = apply_edits("x\ny\nc\n", [edit("a", "x"), edit("b", "y"), edit("c", "z")])

    assert outcome == Applied(text="x\ny\nz\n", already=2)
    assert apply_to_bytes(b"x\n", [edit("a", "x")]) == AppliedBytes(data=b"x\n", already=1)


def test_a_replacement_of_spaces_is_one_line():
    assert applied("a\nb\n", edit("b", "    ")) == "a\n    \n"


def test_a_blank_line_sought_after_the_last_line_is_not_there():
    assert problem("a\n", edit("a\n", "x")).code == "edit_not_found"


def test_a_file_of_one_line_without_its_end_takes_the_plain_one():
    assert applied("a", edit("a", "x\ny")) == "x\ny"


def test_each_new_line_ends_like_the_one_it_stands_for():
    assert applied("q\r\na\r\nb\nc\n", edit("a\nb", "x\ny")) == "q\r\nx\r\ny\nc\n"


def test_a_place_is_taken_loosely_only_while_the_new_text_stands_nowhere():
    assert applied("  a\n", edit("a", "x")) == "  x\n"
    assert problem("x\nx\n  a\n", edit("a", "x")).code == "edit_not_found"


@pytest.mark.parametrize("replace", ["", "\n"])
def test_a_blank_replacement_is_never_loose(replace):
    assert problem("  a\n", edit("a", replace)).code == "edit_not_found"


@pytest.mark.parametrize(("before", "replace"), [("", ""), ("c\n\nd\n", "\n")])
def test_a_blank_line_is_no_sign_that_an_edit_was_made(before, replace):
    assert problem(before, edit("b", replace)).code == "edit_not_found"
