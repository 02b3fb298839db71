"""The gate: every byte on its way to the disk is looked at here, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain import Content, FileChange, Finding
from app.writer.checks.elision import elision
from app.writer.checks.grammar import grammar
from app.writer.checks.leftovers import leftovers
from app.writer.checks.repetition import repetition
from app.writer.checks.secrets import secrets
from app.writer.checks.shrink import shrink
from app.writer.checks.size import size
from app.writer.checks.stubs import stubs
from app.writer.checks.subject import Check, Subject, refused
from app.writer.checks.syntax import syntax
from app.writer.checks.talk import talk
from app.writer.checks.templates import templates
from app.writer.checks.undefined import undefined

CHECKS: tuple[Check, ...] = (
    size, leftovers, talk, syntax, undefined, grammar, elision, stubs, templates, shrink, repetition, secrets,
)  # fmt: skip


def inspect(change: FileChange, *, min_bytes: int, instruction: str = "") -> tuple[Finding, ...]:
    """The findings of all checks about a change, `min_bytes` the smallest generated file taken as real.

    A finding that is not ok stops the file. One that is ok and has a code is a doubt, told and nothing more;
    so is everything found in bytes that the author wrote. A deletion has no findings.
    """
    if change.after is None:
        return ()
    subject = _subject(change, min_bytes=min_bytes, instruction=instruction)
    findings = _inspected(subject)
    if change.content is Content.INLINE:
        return tuple(replace(finding, ok=True) for finding in findings)
    return findings


def refusals(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those findings that stop a file."""
    return tuple(finding for finding in findings if not finding.ok)


def _inspected(subject: Subject) -> tuple[Finding, ...]:
    if "\0" in subject.after:
        return (refused("text", "not_text", f"{subject.name} holds a NUL byte, so it is no text", None),)
    return tuple(check(subject) for check in CHECKS)


def _subject(change: FileChange, *, min_bytes: int, instruction: str) -> Subject:
    return Subject(
        path=change.path,
        after=_text(change.after or b""),
        before=None if change.before is None else _text(change.before),
        instruction=instruction,
        min_bytes=min_bytes,
    )


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n")
