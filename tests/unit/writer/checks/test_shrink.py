"""Shrinking: losses that nobody asked for."""

from __future__ import annotations

import pytest

from app.writer.checks.shrink import shrink
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer

OLD = "import os\nimport sys\n\n" + "".join(
    f"def function_{i}(x):\n    return x + {i}\n\n" for i in range(10)
)


def test_a_file_that_loses_more_than_half_is_refused_unless_asked_for():
    assert answer(shrink, "a.py", OLD[:100], before=OLD) == (False, "shrunk")
    assert answer(shrink, "a.py", OLD[:100], before=OLD, instruction="Remove the rest.") == (True, "shrunk")


def test_a_file_that_loses_most_definitions_is_refused_unless_asked_for():
    after = "import os\nimport sys\n\ndef function_0(x):\n    return x\n" + "# words\n" * 60

    assert answer(shrink, "a.py", after, before=OLD) == (False, "definitions_lost")
    assert answer(shrink, "a.py", after, before=OLD, instruction="Refactor it.") == (True, "definitions_lost")


def test_a_file_that_loses_one_definition_is_reported():
    finding = shrink(Subject(path="a.py", after=OLD.replace("function_3", "other"), before=OLD))

    assert (finding.ok, finding.code) == (True, "definitions_lost")
    assert "function_3." in str(finding.detail)


def test_a_file_that_loses_its_imports_is_refused():
    assert answer(shrink, "a.py", OLD.split("\n\n", 1)[1], before=OLD) == (False, "imports_lost")


@pytest.mark.parametrize("before", [None, "", "def f(): pass\n", OLD, "def f():\n    pass\n" * 3])
def test_new_small_and_grown_files_pass(before):
    assert answer(shrink, "a.py", OLD if before == OLD else "x = 1\n", before=before) == PASS


def test_a_definition_that_moved_within_the_text_is_no_loss():
    assert answer(shrink, "a.py", OLD.replace("def function_3", "async def function_3"), before=OLD) == PASS
