"""Which checks an instruction's verification blocks are."""

from __future__ import annotations

from app.domain import Block, CheckCommand, Content, Deliverable, Kind, Ledger, Span, Use, Verdict
from app.sandbox.checks import from_ledger


def ledger(*commands: tuple[str, str]) -> Ledger:
    """Commands by the reason their block was given, and their text."""
    deliverables = tuple(
        Deliverable(
            id=f"d{n}", kind=Kind.COMMAND, path=None, content=Content.INLINE, source=Span(n, n + 2), text=text
        )
        for n, (_, text) in enumerate(commands, 1)
    )
    blocks = tuple(
        Block(span=Span(n, n + 2), lang="bash", use=Use.COMMAND, reason=reason, deliverables=(f"d{n}",))
        for n, (reason, _) in enumerate(commands, 1)
    )
    return Ledger(title="", deliverables=deliverables, blocks=blocks, problems=(), verdict=Verdict.COMPLETE)


def test_only_verification_blocks_are_checks():
    found = from_ledger(
        ledger(
            ("commands under a setup heading", "make install"),
            ("commands under a verification heading", "pytest -q\n"),
        )
    )
    assert found == (CheckCommand(name="verification, line 2", run="pytest -q"),)


def test_a_shown_session_gives_its_commands_without_its_output():
    found = from_ledger(ledger(("under Verification", "$ pytest -q\n3 passed\n$ echo ok\nok\n")))
    assert found[0].run == "pytest -q\necho ok"


def test_an_empty_block_is_no_check():
    assert from_ledger(ledger(("Verification", "\n"))) == ()
