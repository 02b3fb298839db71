"""All checks let right files pass."""

from __future__ import annotations

import pytest

from app.writer.checks.elision import elision
from app.writer.checks.grammar import grammar
from app.writer.checks.leftovers import leftovers
from app.writer.checks.repetition import repetition
from app.writer.checks.secrets import secrets
from app.writer.checks.shrink import shrink
from app.writer.checks.size import size
from app.writer.checks.stubs import stubs
from app.writer.checks.subject import Check, Subject
from app.writer.checks.syntax import syntax
from app.writer.checks.talk import talk
from app.writer.checks.templates import templates
from tests.unit.writer.checks.asking import CODE, PASS

CHECKS: tuple[Check, ...] = (
    elision, grammar, leftovers, repetition, secrets, shrink, size, stubs, syntax, talk, templates,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", CODE)
def test_right_files_pass_every_check(check, path):
    finding = check(Subject(path=path, after=CODE[path], min_bytes=5))

    assert (finding.ok, finding.code, finding.name) == (True, None, check.__name__)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", CODE)
def test_a_file_that_is_right_and_grows_passes_every_check(check, path):
    finding = check(Subject(path=path, after=CODE[path], before=CODE[path][:-1], min_bytes=5))

    assert (finding.ok, finding.code) == PASS
