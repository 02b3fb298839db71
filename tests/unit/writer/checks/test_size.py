"""Size: the smallest generated file."""

from __future__ import annotations

import pytest

from app.writer.checks.size import size
from tests.unit.writer.checks.asking import PASS, answer


def test_a_generated_file_below_the_smallest_size_is_refused():
    assert answer(size, "a.py", "x = 1\n") == (False, "too_small")
    assert answer(size, "a.py", "") == (False, "too_small")
    assert answer(size, "a.py", "x" * 19) == (False, "too_small")
    assert answer(size, "a.py", "x" * 20) == PASS
    assert answer(size, "a.py", "ü" * 10) == PASS


@pytest.mark.parametrize("path", ["pkg/__init__.py", "py.typed", "a/.gitkeep"])
def test_files_that_are_empty_by_nature_may_be(path):
    assert answer(size, path, "") == PASS


def test_a_small_file_the_instruction_spells_out_passes():
    assert answer(size, "VERSION", "1.2.3\n", instruction="Write 1.2.3 into VERSION.") == PASS
    assert answer(size, "VERSION", "\n", instruction="Write it.") == (False, "too_small")
