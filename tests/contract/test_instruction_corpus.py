"""The corpus: each document is read as its author meant it, by the check that `jr check` answers with too.

Beside each `NNN-name.md` a JSON file holds what a careful person reads in it: files with their contents
(line ranges of the document, or the text), named files to be generated, edits, and each block's use in order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain import sha256
from app.instruction.check import as_json, check

CORPUS = Path(__file__).parents[1] / "corpus" / "instructions"
DOCUMENTS = sorted(CORPUS.glob("*.md"))


def read(document: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    text = document.read_bytes().decode()
    expected = json.loads(document.with_suffix(".json").read_text(encoding="utf-8"))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return as_json(check(text)), expected, lines


def given(value: str | list[int], lines: list[str]) -> str:
    """An expected text: as it stands, or a range of lines of the document, both ends included."""
    return value if isinstance(value, str) else "\n".join(lines[value[0] - 1 : value[1]])


def expected_files(expected: dict[str, Any], lines: list[str]) -> list[tuple[str, str]]:
    files: list[tuple[str, str]] = []
    for entry in expected.get("create", []):
        text = entry.get("text")
        if "lines" in entry:
            first, last = entry["lines"]
            text = "".join(f"{line}\n" for line in lines[first - 1 : last])
        files.append((entry["path"], "" if text is None else sha256(text)))
    return sorted(files)


def expected_edits(expected: dict[str, Any], lines: list[str]) -> list[tuple[str, str | None, str | None]]:
    return sorted(
        (
            entry["path"],
            sha256(given(entry["search"], lines)) if "search" in entry else "",
            sha256(given(entry["replace"], lines)) if "replace" in entry else "",
        )
        for entry in expected.get("edit", [])
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_each_document_is_read_as_its_author_meant_it(document: Path) -> None:
    found, expected, lines = read(document)
    deliverables = found["deliverables"]

    files = sorted((d["path"], d.get("sha256", "")) for d in deliverables if d["kind"] == "create")
    assert files == expected_files(expected, lines)

    edits = sorted(
        (d["path"], d.get("search_sha256", ""), d.get("replace_sha256", ""))
        for d in deliverables
        if d["kind"] == "edit"
    )
    assert edits == expected_edits(expected, lines)

    assert [block["disposition"] for block in found["blocks"]] == expected.get("blocks", [])
    assert found["verdict"] == expected["verdict"]
    codes = {problem["code"] for problem in found["problems"]}
    assert set(expected.get("problems", [])) <= codes


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(DOCUMENTS) >= 120
    assert all(document.with_suffix(".json").exists() for document in DOCUMENTS)
