"""Repetition: files that go round in circles."""

from __future__ import annotations

import pytest

from app.writer.checks.repetition import repetition
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer

ROUND = "def something(value):\n    return value + something_else(value)\n"


@pytest.mark.parametrize(
    "after", [ROUND * 12, "x = 1\n" + ROUND * 12, "print('the same line over and over again')\n" * 40]
)
def test_a_file_that_goes_round_in_circles_is_refused(after):
    assert answer(repetition, "a.py", after) == (False, "repetition")


@pytest.mark.parametrize(
    "after",
    [
        ROUND * 5,
        "0,\n" * 50,
        "".join(f"x_{i} = something_of_some_length({i})\n" for i in range(50)) + ROUND * 8,
        "",
        "a\n" * 30,
        ROUND * 8 + "x = 1\n",
    ],
)
def test_files_that_repeat_a_little_pass(after):
    assert answer(repetition, "a.py", after) == PASS


def test_a_file_that_repeated_before_and_grew_passes():
    assert answer(repetition, "a.py", ROUND * 12, before=ROUND * 12) == PASS


def test_repetition_is_told_with_its_line():
    finding = repetition(Subject(path="a.py", after="x = 1\n" + ROUND * 10))

    assert finding.line == 2
    assert finding.detail == "the last 20 lines of a.py repeat the same 2. Write them once."
