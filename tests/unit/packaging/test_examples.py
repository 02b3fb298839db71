"""The examples are read as their text says they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Content, Verdict
from app.instruction import ledger

EXAMPLES = Path(__file__).parents[3] / "examples"


def read(name):
    return ledger.read((EXAMPLES / f"{name}.md").read_text())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
def test_an_example_has_a_title_and_nothing_to_complain_about(path):
    found = read(path.stem)
    assert found.title
    assert found.problems == ()


def test_hello_asks_two_files_of_the_models_and_brings_the_third():
    found = read("hello")
    assert found.verdict is Verdict.NEEDS_MODELS
    assert found.open_paths == ("hello/hours.py", "hello/greet.py")
    assert [owed.path for owed in found.deliverables if owed.content is Content.INLINE] == [
        "hello/people.json"
    ]


def test_verbatim_needs_no_model():
    found = read("verbatim")
    assert found.verdict is Verdict.COMPLETE
    assert {owed.path for owed in found.deliverables} == {"clock/clock.py", "clock/clock.json"}
