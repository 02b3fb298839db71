"""What the README shows of an instruction and its ledger is what the reader says."""

from __future__ import annotations

import re
from pathlib import Path

from app.instruction.ledger import read

README = (Path(__file__).parents[2] / "README.md").read_text()
DASH = "\N{EN DASH}"
FROM = {"inline": "the instruction", "generate": "a model"}


def example() -> tuple[str, list[list[str]]]:
    section = README.split("## An instruction and its ledger")[1].split("\n## ")
    found = re.search(r"````markdown\n(.*?)````", "\n## ".join(section), re.DOTALL)
    assert found is not None
    rows = [line.strip("| ").split(" | ") for line in README.splitlines() if re.match(r"\| d\d", line)]
    return found[1], rows


def test_the_table_of_the_readme_is_the_ledger_of_its_instruction():
    instruction, rows = example()
    ledger = read(instruction)

    for deliverable, (name, kind, path, source, lines) in zip(ledger.deliverables, rows, strict=True):
        span = deliverable.source
        assert (name, kind) == (deliverable.id, deliverable.kind)
        assert path.strip("`") == (deliverable.path or DASH)
        assert source.startswith(FROM[deliverable.content])
        assert lines in (f"{span.start_line}{DASH}{span.end_line}", str(span.start_line))
    assert ledger.verdict == "needs_models"


def test_without_its_open_line_the_instruction_is_complete():
    instruction, _ = example()
    lines = instruction.splitlines(keepends=True)

    assert "covering both" in lines[17]
    assert read("".join(lines[:17] + lines[18:])).verdict == "complete"
