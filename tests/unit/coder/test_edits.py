"""Edits: one place each, in order, in memory; what has no place is told with the nearest lines."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.coder.edits import (
    Applied,
    EditProblem,
    apply_edits,
    lines_of,
    text_of,
)
from tests.unit.coder.editing import applied, edit, problem


def test_an_edit_replaces_the_one_place_it_names():
    assert applied("a\nb\nc\n", edit("b", "x\ny")) == "a\nx\ny\nc\n"


def test_edits_apply_in_order_each_to_what_the_one_before_left():
    assert applied("a\n", edit("a", "b"), edit("b", "c\nd"), edit("d", "e")) == "c\ne\n"


def test_an_empty_replacement_deletes_the_lines():
    assert applied("a\nb\nc\n", edit("b", "")) == "a\nc\n"
    assert applied("a\nb\nc\n", edit("b\nc", "")) == "a\n"
    assert applied("a\n", edit("a", "")) == ""


def test_a_blank_replacement_is_a_blank_line():
    assert applied("a\nb\nc\n", edit("b", "\n")) == "a\n\nc\n"


def test_blank_lines_can_be_sought_and_removed():
    assert applied("a\n\n\nb\n", edit("a\n\n\nb", "a\n\nb")) == "a\n\nb\n"


def test_an_edit_means_whole_lines():
    assert problem("port = 8080\n", edit("port = 80", "port = 81")).code == "edit_not_found"


def test_the_second_edit_failing_leaves_nothing_applied():
    found = problem("a\nb\n", edit("a", "x"), edit("q", "y"))

    assert (found.code, found.index) == ("edit_not_found", 1)
    assert found.message.startswith("edit 2 of `a.py` has no place")


def test_a_uniform_indentation_is_taken_over():
    before = "class A:\n    def f(self):\n        return 1\n\n    x = 2\n"
    search, replace = "def f(self):\n    return 1\n\nx = 2", "def f(self):\n    y = 3\n\n    return y"

    assert (
        applied(before, edit(search, replace))
        == "class A:\n    def f(self):\n        y = 3\n\n        return y\n"
    )


def test_an_indentation_can_be_too_deep_in_the_edit():
    assert (
        applied("if x:\n    y\n", edit("        if x:\n            y", "        if z:\n            y"))
        == "if z:\n    y\n"
    )


def test_tabs_are_an_indentation_too():
    assert applied("\tif x:\n\t\ty\n", edit("if x:\n\ty", "if z:\n\ty")) == "\tif z:\n\t\ty\n"


def test_an_indentation_that_is_not_uniform_is_no_match():
    assert problem("if x:\n  y\n", edit("if x:\n    y", "z")).code == "edit_not_found"
    assert problem("    a\n  b\n", edit("a\nb", "z")).code == "edit_not_found"
    assert problem("\ta\n", edit("    a\n  b", "z")).code == "edit_not_found"
    assert problem("\ta\n", edit("    a", "z")).code == "edit_not_found"


def test_trailing_spaces_do_not_matter_where_nothing_else_fits():
    assert applied("a  \nb\t\nc\n", edit("a\nb", "x")) == "x\nc\n"
    assert applied("    a  \n    b\nc\n", edit("a\nb ", "x")) == "    x\nc\n"


def test_a_deletion_is_exact():
    assert problem("  a\n", edit("a", "")).code == "edit_not_found"
    assert problem("a \n", edit("a", "")).code == "edit_not_found"


def test_an_exact_place_wins_over_others_that_nearly_fit():
    assert applied("  a\na \na\n", edit("a", "x")) == "  a\na \nx\n"
    assert applied("  a\nb\n a \n", edit("a", "x")) == "  x\nb\n a \n"


def test_an_ambiguous_edit_names_all_its_places():
    found = problem("a\nb\na\nc\na\n", edit("a", "x"))

    assert (found.code, found.start_line, found.end_line) == ("edit_ambiguous", 1, 1)
    assert "stands at lines 1, 3, 5" in found.message
    assert "1 | a\n2 | b\n3 | a\n4 | c" in found.message


def test_overlapping_places_are_ambiguous():
    assert problem("a\na\na\n", edit("a\na", "x")).code == "edit_ambiguous"


def test_an_ambiguous_indentation_is_ambiguous():
    assert problem("  a\n    a\n", edit("a", "x")).code == "edit_ambiguous"


def test_a_missing_edit_quotes_the_nearest_lines_with_their_numbers():
    before = "".join(f"line {i}\n" for i in range(1, 10)) + "def total(items):\n    return sum(items)\n"

    found = problem(before, edit("def total(items, tax):\n    return sum(items) * tax", "x"))

    assert (found.code, found.start_line, found.end_line) == ("edit_not_found", 10, 11)
    assert " 9 | line 9\n10 | def total(items):\n11 |     return sum(items)" in found.message


def test_a_missing_edit_without_any_likeness_quotes_nothing():
    found = problem("a\n", edit("q r s", "x"))

    assert found.start_line is None
    assert found.message == "edit 1 of `a.py` has no place: its SEARCH text stands nowhere in the file."


def test_long_quotations_are_bounded():
    before = "".join(f"word {i} {'x' * 500}\n" for i in range(200))

    found = problem(before, edit("\n".join(f"word {i}" for i in range(200)), ""))

    assert found.message.count("\n") <= 41
    assert max(map(len, found.message.split("\n"))) < 250


def test_an_empty_search_begins_a_new_file_and_no_other():
    assert applied("", edit("", "a\nb")) == "a\nb\n"
    assert applied("\n", edit("", "a\nb")) == "a\nb\n"
    assert problem("c\n", edit("", "a\nb")).code == "edit_search_empty"


def test_no_edits_change_nothing():
    assert applied("a\n") == "a\n"


@pytest.mark.parametrize(
    "edits",
    [
        [edit("b", "b\nnew")],
        [edit("b", "new\nb")],
        [edit("a\nb", "a\nnew\nb")],
        [edit("a\nb\nc", "a\nc")],
        [edit("b", "x"), edit("x", "y")],
        [edit("b", "b\nnew"), edit("b", "b\nnewer")],
    ],
)
def test_what_is_applied_already_is_not_applied_again(edits):
    once = applied("a\nb\nc\n", *edits)

    outcome = apply_edits(once, edits)

    assert outcome == Applied(text=once, already=len(edits))


def test_a_new_file_that_is_there_already_is_not_begun_again():
    assert apply_edits("a\nb\n", [edit("", "a\nb")]) == Applied(text="a\nb\n", already=1)


def test_one_of_two_edits_may_be_there_already():
    assert apply_edits("x\nb\n", [edit("a", "x"), edit("b", "y")]) == Applied(text="x\ny\n", already=1)


def test_the_new_text_standing_elsewhere_does_not_make_an_edit_applied():
    assert applied("x\na\n", edit("a", "x")) == "x\nx\n"
    assert applied("a = 1\nlist(b)\n", edit("a = 1", "b")) == "b\nlist(b)\n"


def test_a_deletion_whose_lines_are_gone_cannot_be_known_to_be_applied():
    assert problem("a\n", edit("b", "")).code == "edit_not_found"


def test_an_edit_that_would_fit_its_own_result_is_ambiguous():
    assert problem("a\na\nb\nb\n", edit("a\nb", "")).code == "edit_ambiguous"


def test_an_indented_insertion_is_not_applied_again():
    edits = [edit("def f():\n    a()", "def f():\n    a()\n    b()")]
    once = applied("class A:\n    def f():\n        a()\n", *edits)

    assert apply_edits(once, edits) == Applied(text=once, already=1)


LINE = st.sampled_from(["", "a", "b", "c", "  a", "    b", "a ", "x = 1", "}"])
TEXT = st.lists(LINE, max_size=12)
END = st.sampled_from(["\n", "\r\n"])


def joined(lines: list[str], end: str, *, last: bool) -> str:
    return end.join(lines) + (end if last and lines else "")


@given(lines=st.lists(LINE, min_size=2, max_size=12), data=st.data(), end=END, last=st.booleans())
@settings(max_examples=400, deadline=None)
def test_applying_and_reverting_is_the_identity(lines, data, end, last):
    numbered = [f"{line}#{i}" for i, line in enumerate(lines)]
    start = data.draw(st.integers(0, len(lines) - 1))
    stop = data.draw(st.integers(start + 1, len(lines)))
    new = data.draw(st.lists(LINE.map(lambda line: f"{line}#new"), min_size=1, max_size=4, unique=True))
    before = joined(numbered, end, last=last)
    search, replace = text_of(numbered[start:stop]), text_of(new)
    assume(last or len(lines) - (stop - start) + len(new) > 1)  # one line without its end has no style

    after = applied(before, edit(search, replace))

    assert after == joined([*numbered[:start], *new, *numbered[stop:]], end, last=last)
    assert applied(after, edit(replace, search)) == before


@given(before=st.lists(LINE, min_size=1, max_size=8), replace=TEXT, end=END, data=st.data())
@settings(max_examples=600, deadline=None)
def test_twice_is_once_or_a_problem_but_never_another_text(before, replace, end, data):
    start = data.draw(st.integers(0, len(before) - 1))
    form = data.draw(st.sampled_from([str, str.strip]))
    search = [form(line) for line in before[start : start + data.draw(st.integers(1, 3))]]
    edits = [edit(text_of(search), text_of(replace[:3]))]
    once = apply_edits(joined(before, end, last=True), edits)
    if isinstance(once, EditProblem):
        return

    twice = apply_edits(once.text, edits)

    assert isinstance(twice, EditProblem) or twice.text == once.text


@given(
    before=TEXT, edits=st.lists(st.tuples(st.lists(LINE, max_size=3), st.lists(LINE, max_size=3)), max_size=3)
)
@settings(max_examples=400, deadline=None)
def test_lines_outside_the_edits_are_never_touched(before, edits):
    frame = ["first line", *before, "last line"]

    outcome = apply_edits(joined(frame, "\n", last=True), [edit(text_of(s), text_of(r)) for s, r in edits])

    if isinstance(outcome, Applied):
        assert outcome.text.startswith("first line\n")
        assert outcome.text.endswith("last line\n")


@given(lines=st.lists(st.text(st.characters(exclude_characters="\r\n")), max_size=5))
def test_lines_and_the_text_of_an_edit_are_each_others_inverse(lines):
    assert lines_of(text_of(lines)) == lines
