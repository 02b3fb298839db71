"""Talk: a model's words around the code."""

from __future__ import annotations

import pytest

from app.writer.checks.subject import Subject
from app.writer.checks.talk import talk
from tests.unit.writer.checks.asking import PASS, answer


@pytest.mark.parametrize(
    "line",
    [
        "Sure! Here you go.",
        "Certainly, I can help.",
        "Here is the updated code:",
        "Here's the complete file:",
        "Below is the implementation you asked for:",
        "I've created the file.",
        "I have updated the function below.",
        "To implement this, we use X:",
    ],
)
def test_a_first_line_that_announces_the_file_is_refused(line):
    assert answer(talk, "a.css", f"\n{line}\n\np {{}}\n") == (False, "talk")
    assert answer(talk, "a.md", f"{line}\n\n# A\n") == (False, "talk")
    assert answer(talk, "a.css", f"{line}\np {{}}\n", before=f"{line}\n") == PASS
    assert answer(talk, "a.css", f"p {{}}\n{line}\np {{}}\n") == PASS


@pytest.mark.parametrize(
    "line",
    [
        "Let me know if it works!",
        "Hope this helps.",
        "This code defines a style.",
        "**Explanation:** it is red",
        "If you have any questions, ask.",
        "This script will run daily.",
        "This script prints a word.",
        "Note: restart it.",
        "Feel free to change it.",
    ],
)
def test_a_last_line_that_talks_about_the_file_is_refused(line):
    assert answer(talk, "a.css", f"p {{}}\n\n{line}\n\n") == (False, "talk")
    assert answer(talk, "a.txt", f"a\n{line}\n") == PASS


def test_an_empty_file_says_nothing():
    assert answer(talk, "a.css", "\n") == PASS


def test_talk_is_told_with_its_line():
    finding = talk(Subject(path="a.css", after="p {}\n\nHope this helps.\n"))

    assert (finding.line, finding.detail) == (
        3,
        "line 3 of a.css is talk, not its contents: `Hope this helps.`. Leave it out.",
    )
