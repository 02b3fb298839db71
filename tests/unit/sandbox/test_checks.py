"""Which checks an instruction's verification blocks are."""

from __future__ import annotations

from app.domain import CheckCommand
from app.instruction.ledger import read
from app.sandbox.checks import from_ledger


def test_only_verification_blocks_are_checks():
    text = """# Add

## Setup

```bash
pip install -r requirements.txt
```

## Verification

```bash
pytest -q
```

## Rollback

```bash
git checkout .
```
"""
    assert from_ledger(read(text)) == (CheckCommand(name="verification, line 11", run="pytest -q"),)


def test_a_shown_session_gives_its_commands_without_its_output():
    text = "# T\n\n## Verification\n\n```console\n$ pytest -q\n3 passed\n$ echo ok\nok\n```\n"
    assert [check.run for check in from_ledger(read(text))] == ["set -e\npytest -q\necho ok"]


def test_every_line_of_a_block_has_to_succeed():
    text = "# T\n\n## Verification\n\n```sh\nfalse\ntrue\n```\n"
    assert [check.run for check in from_ledger(read(text))] == ["set -e\nfalse\ntrue"]


def test_an_instruction_without_verification_has_no_checks():
    assert from_ledger(read("# T\n\nWrite `a.py`.\n")) == ()
