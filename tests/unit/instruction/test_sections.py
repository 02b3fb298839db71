"""What a section's heading and its sentences make of the files and blocks below them."""

from __future__ import annotations

import pytest

from app.domain import Deliverable, Kind, Use
from app.instruction.ledger import read

SCRIPT = "```bash\n#!/bin/bash\nset -e\ngit checkout -q previous\n```\n"


def files(text: str) -> list[tuple[Kind, str | None, bool]]:
    """Kind, path and whether the bytes are inline, of each file that is owed."""
    return [_told(owed) for owed in read(text).deliverables if owed.asks_for_a_file]


def _told(owed: Deliverable) -> tuple[Kind, str | None, bool]:
    return owed.kind, owed.path, not owed.open


def test_a_table_under_a_heading_that_asks_for_a_change_lists_files_to_change() -> None:
    rows = "| File | Role |\n|---|---|\n| `/a/one.py` | first |\n| `/a/two.py` | second |\n"

    assert files(f"# T\n\n## Task 3: Migrate the callers\n\n{rows}") == [
        (Kind.EDIT, "/a/one.py", False),
        (Kind.EDIT, "/a/two.py", False),
    ]
    assert files(f"# T\n\n## Background\n\n{rows}") == []


def test_a_line_that_asks_for_a_change_in_each_of_a_list_opens_it() -> None:
    text = "# T\n\nThe imports are unused; remove them in:\n\n- `src/a.ts`\n- `src/b.ts`\n"

    assert files(text) == [(Kind.EDIT, "src/a.ts", False), (Kind.EDIT, "src/b.ts", False)]


@pytest.mark.parametrize("heading", ["Step 6: Rollback script", "Restart helper"])
def test_a_thing_to_build_that_is_called_after_a_rollback_is_built(heading: str) -> None:
    assert files(f"# T\n\n## {heading}\n\nCreate `/a/back.sh`:\n\n{SCRIPT}") == [
        (Kind.CREATE, "/a/back.sh", True)
    ]


@pytest.mark.parametrize("heading", ["Rollback", "Rollback plan", "Roll back the release"])
def test_what_stands_under_a_rollback_is_not_done(heading: str) -> None:
    (block,) = read(f"# T\n\n## {heading}\n\n```bash\ngit revert HEAD\n```\n").blocks

    assert block.use is Use.COMMAND


def test_replacing_the_whole_of_a_file_gives_its_contents() -> None:
    text = "# T\n\n## Step 1: Rewrite it\n\nReplace the whole of `/a/x.py` by:\n\n```python\nX = 1\n```\n"

    assert files(text) == [(Kind.CREATE, "/a/x.py", True)]


def test_an_untagged_block_behind_a_clause_is_what_the_file_must_do() -> None:
    text = (
        "# T\n\nCreate `cli/main.py` with argparse and these commands:\n\n```\ntix list\ntix show 12\n```\n"
    )

    assert files(text) == [(Kind.CREATE, "cli/main.py", False)]


def test_a_ticket_that_asks_for_a_script_has_it_made_whatever_its_title_adds_to() -> None:
    ticket = "# Task: Add retention to job artifacts\n\n**Target File**: `/a/prune.py`\n\n## Description\n\n"

    assert files(ticket + "Create a script which deletes old artifacts.\n") == [
        (Kind.CREATE, "/a/prune.py", False)
    ]
    assert files(ticket + "Fix the existing age check.\n") == [(Kind.EDIT, "/a/prune.py", False)]


def test_a_heading_that_is_a_path_names_a_file_under_examples_too() -> None:
    code = "```python\nimport x\n\n\ndef test_x():\n    assert x.X\n```\n"
    text = f"# T\n\n## Step 5: Example settings\n\n### `/a/tests/test_x.py`\n\n{code}"

    assert files(text) == [(Kind.CREATE, "/a/tests/test_x.py", True)]


def test_a_line_that_names_each_of_these_opens_the_table_below_it() -> None:
    rows = "| File | Line |\n|---|---|\n| `/a/one.py` | 88 |\n| `/a/two.py` | 52 |\n"

    assert files(f"# T\n\nReplace the private regex in these by `extract.first()`:\n\n{rows}") == [
        (Kind.EDIT, "/a/one.py", False),
        (Kind.EDIT, "/a/two.py", False),
    ]


def test_a_line_number_behind_a_listed_file_means_a_change_of_what_is_there() -> None:
    assert files("# T\n\n## Callers\n\n- `/a/one.py` line 31: use `load()` instead\n") == [
        (Kind.EDIT, "/a/one.py", False)
    ]


def test_a_bare_with_makes_a_pair_whatever_the_sentence_above_the_old_text() -> None:
    text = (
        "# T\n\n### `a/x.py`\n\nReplace the three constants at the top of it all\n\n"
        "```python\nA = 1\n```\n\nwith\n\n```python\nA = 2\n```\n"
    )
    (owed,) = read(text).deliverables

    assert owed.edit is not None
    assert (owed.edit.search.strip(), owed.edit.replace.strip()) == ("A = 1", "A = 2")


def test_a_file_of_a_kind_nobody_knows_is_named_by_the_word_file() -> None:
    text = "# T\n\nCreate file `/a/man/tool.1`\n\n```\n.TH TOOL 1\n```\n"

    assert files(text) == [(Kind.CREATE, "/a/man/tool.1", True)]


@pytest.mark.parametrize(
    "line", ["The rule in `/a/x.conf` is already there:", "- [ ] no new package in `/a/x.txt`"]
)
def test_what_is_there_already_or_must_not_be_is_not_asked_for(line: str) -> None:
    assert files(f"# T\n\n{line}\n\n```\nhost all\n```\n") == []
