"""Elision: comments that stand for code, and those that only use such words."""

from __future__ import annotations

import pytest

from app.writer.checks.elision import elision
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer


@pytest.mark.parametrize(
    "comment",
    [
        "... rest of the code",
        "... existing code ...",
        "rest of the code remains unchanged",
        "... (rest of the file)",
        "existing code here",
        "existing methods...",
        "remaining code unchanged",
        "(existing imports)",
        "... other methods ...",
        "previous code remains the same",
        "rest of the implementation",
        "code omitted for brevity",
        "Add your code here",
        "your code goes here",
        "implementation goes here",
        "same as before...",
        "unchanged",
        "[existing code]",
        "keep existing imports",
        "... unchanged ...",
        "no changes here",
        "and so on...",
        "The remaining functions stay the same",
        "\u2026 rest of class",
        "... same as above",
        "rest of the file is the same",
        "other code remains the same...",
        "... keep existing code",
        "... with the rest of the methods",
        "and so on ...",
        "etc...",
        "TODO: implement the rest",
        "TODO: add other handlers",
    ],
)
@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "    # {}"),
        ("a.js", "// {}"),
        ("a.css", "/* {} */"),
        ("a.html", "<!-- {} -->"),
        ("a.jsx", "{{/* {} */}}"),
    ],
)
def test_comments_that_stand_for_code_are_refused(path, line, comment):
    elided = line.format(comment)

    assert answer(elision, path, f"a\n{elided}\nb\n") == (False, "elision")
    assert answer(elision, path, f"a\n{elided}\nb\n", before=f"{elided}\n") == PASS
    assert answer(elision, path, f"a\n{elided}\nb\n", instruction=f"Write\n{elided}\n") == PASS


@pytest.mark.parametrize(
    "line",
    [
        "# the rest of the arguments are passed on",
        "# Existing users keep their sessions",
        "x = '... rest of code'",
        "# returns the previous state",
        "# unchanged values are skipped",
        "# ...",
        "...",
        "# see the code below",
        "# The rest is handled by the caller",
        "print('rest of the code')",
        "# other",
        "# " + "rest of the code " * 20,
        "# remaining seconds",
        "# Handle the existing file",
        "rest of the code",
        "# and so on",
        "# TODO: implement the handler",
        "x = [1, ...]  # rest of the code",
    ],
)
def test_comments_that_only_use_such_words_pass(line):
    assert answer(elision, "a.py", f"a\n{line}\nb\n") == PASS


@pytest.mark.parametrize("path", ["a.md", "a.txt", "a.json", "README"])
def test_documents_and_data_may_speak_of_code_left_out(path):
    assert answer(elision, path, "# ... rest of the code\n") == PASS


def test_dots_before_a_comment_change_nothing():
    assert answer(elision, "a.py", "def f():\n    ...  # rest of the implementation\n") == (False, "elision")
    assert answer(elision, "a.py", "def f():\n    ...  # nothing to do\n") == PASS


@pytest.mark.parametrize("path", ["Dockerfile", "Makefile", "GNUmakefile", "justfile", "Jenkinsfile"])
def test_code_without_an_extension_is_code(path):
    assert answer(elision, path, "a\n# ... rest of the file\n") == (False, "elision")


def test_a_script_without_an_extension_is_code():
    assert answer(elision, "bin/run", "#!/bin/sh\n# ... rest of the script\n") == (False, "elision")


def test_an_elision_is_told_with_its_line():
    finding = elision(Subject(path="src/a.py", after="a\n  # ... rest of code\n"))

    assert (finding.line, finding.detail) == (
        2,
        "line 2 of a.py leaves code out: `# ... rest of code`. Write that code.",
    )
