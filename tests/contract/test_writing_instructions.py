"""The page that teaches how to write instructions: each of its examples is read as the line below it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.instruction.ledger import read

PAGE = Path(__file__).parents[2] / "docs" / "writing-instructions.md"
EXAMPLES = re.findall(
    r"^````markdown\n(.*?)^````\n\nLedger: (.*?)$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("instruction", "ledger"), EXAMPLES)
def test_each_example_is_read_as_the_page_says(instruction: str, ledger: str) -> None:
    found = read(instruction)
    owed = [
        f"{d.kind.value} {d.path} {d.content.value}" if d.path else d.kind.value for d in found.deliverables
    ]

    assert " · ".join([found.verdict.value, *owed]) == ledger


def test_the_page_has_examples_and_each_has_its_ledger() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("````markdown\n")
