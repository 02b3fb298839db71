"""Locating: the region of a file that is shown for a hint, within a budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.coder.locate import Place, Region, densest, exact_places, nearest, places, region

SOURCE = "".join(f"def function_{i}():\n    return value_{i}\n\n" for i in range(100))


def test_a_file_within_the_budget_is_shown_whole():
    assert region("a\nb\n", "a", 4) == Region(text="a\nb\n", start_line=1, end_line=2, whole=True)


def test_an_empty_file_is_whole():
    assert region("", "a", 0) == Region(text="", start_line=1, end_line=1, whole=True)


def test_a_large_file_is_shown_around_what_the_hint_speaks_of():
    shown = region(SOURCE, "let `function_57` return value_57 + 1", 300)

    assert "def function_57():\n    return value_57\n" in shown.text
    assert len(shown.text.encode()) <= 300
    assert not shown.whole
    assert SOURCE.splitlines(keepends=True)[shown.start_line - 1 : shown.end_line] == shown.text.splitlines(
        keepends=True
    )


def test_rare_words_count_more_than_frequent_ones():
    text = "return\n" * 50 + "needle\n" + "return return\n" * 50

    assert "needle" in region(text, "return the needle", 60).text


def test_a_hint_that_fits_nowhere_shows_the_beginning():
    assert region(SOURCE, "!", 100).start_line == 1


def test_budgets_are_bytes():
    assert region("ü\n" * 10, "", 9).text == "ü\n" * 3


@given(
    text=st.text(st.sampled_from("ab \nü"), max_size=200),
    hint=st.text(st.sampled_from("ab "), max_size=8),
    budget=st.integers(0, 250),
)
def test_a_region_is_a_run_of_lines_within_its_budget(text, hint, budget):
    shown = region(text, hint, budget)
    lines = text.splitlines(keepends=True)

    assert shown.text == "".join(lines[shown.start_line - 1 : shown.end_line])
    assert len(shown.text.encode()) <= budget or len(shown.text.splitlines()) <= 1
    assert shown.whole == (shown.text == text)


def test_the_densest_window_is_the_first_of_equals():
    assert densest([0, 1, 0, 1], 1) == Place(1, 1)
    assert densest([0, 1, 1, 3, 0], 2) == Place(2, 2)
    assert densest([1], 5) == Place(0, 1)
    assert densest([0, 0], 1) is None
    assert densest([], 1) is None


def test_equal_lines_count_more_than_equal_words():
    lines = ["alpha beta gamma", "x", "alpha", "  beta"]

    assert nearest(lines, ["alpha", "beta"]) == Place(2, 2)
    assert nearest(lines, ["nothing"]) is None


def test_lines_without_a_word_are_like_nothing():
    assert nearest(["}"], ["{"]) is None


def test_an_exact_place_hides_the_indented_ones():
    assert places(["a", "  a"], ["a"]) == [Place(0, 1)]


def test_blank_lines_have_exact_places_only():
    assert places(["", "", "  "], [""]) == [Place(0, 1), Place(1, 1)]
    assert places(["  "], [""]) == []


def test_a_handful_of_places_is_enough_to_tell_of():
    assert exact_places(["a"] * 9, ["a"]) == [Place(i, 1) for i in range(5)]


def test_an_indentation_is_told_by_what_the_file_has_more_or_less():
    deep, flat = ["        if x:", "            y"], ["    if x:", "        y"]

    assert places(deep, flat) == [Place(0, 2, added="    ")]
    assert places(flat, deep) == [Place(0, 2, removed="    ")]
    assert places(["\tx"], ["  \tx"]) == [Place(0, 1, removed="  ")]


def test_the_line_spoken_of_is_shown_before_its_neighbours():
    assert region("aa\nneedle\nbb\n", "needle", 7) == Region(
        text="needle\n", start_line=2, end_line=2, whole=False
    )


def test_many_words_close_together_count_more_than_one_far_away():
    text = "lone\n" + "-\n" * 30 + "first\nsecond\n"

    assert region(text, "lone first second", 6).text == "first\n"


def test_a_region_grows_upwards_as_far_as_the_budget_goes():
    text = "one\ntwo\nneedle\na_line_that_is_long\n"

    assert region(text, "needle", 15).text == "one\ntwo\nneedle\n"
    assert region(text, "needle", 14).text == "two\nneedle\n"
