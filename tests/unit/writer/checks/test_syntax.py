"""Syntax: what does not parse is refused, unless the old file did not either."""

from __future__ import annotations

import pytest

from app.writer.checks.subject import Subject
from app.writer.checks.syntax import syntax
from tests.unit.writer.checks.asking import PASS, answer

BROKEN = {
    "a.py": ("x = 1\ndef f(:\n", 2), "a.pyi": ("def f(:\n", 1), "a.json": ('{\n"a": 1,}\n', 2),
    "a.toml": ("a = \n", None), "a.yaml": ("a: 1\n b: 2\n", 2), "a.yml": ("a: [1\n", 2), "n.ipynb": ("{", 1),
}  # fmt: skip


@pytest.mark.parametrize("path", BROKEN)
def test_what_does_not_parse_is_refused_with_its_line(path):
    after, line = BROKEN[path]

    finding = syntax(Subject(path=path, after=after))

    assert (finding.ok, finding.code, finding.line) == (False, "syntax_error", line)
    assert path in str(finding.detail)


@pytest.mark.parametrize("path", BROKEN)
def test_what_did_not_parse_before_either_is_reported(path):
    assert answer(syntax, path, BROKEN[path][0], before=BROKEN[path][0]) == (True, "syntax_error")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.py", 'x = "\\d"\n'),
        ("a.py", ""),
        ("a.yaml", "a: !Ref b\n---\nb: 2\n"),
        ("a.yaml", "a: {{ value }}\n{% if b %}\n"),
        ("tsconfig.json", "{\n// comment\n}"),
        ("a.yaml", "on: true"),
        ("a.jsonc", "{ // x\n}"),
    ],
)
def test_what_only_looks_wrong_parses(path, after):
    assert answer(syntax, path, after) == PASS


@pytest.mark.parametrize("path", ["a.py", "a.json", "a.yaml", "a.toml"])
def test_endless_nesting_is_refused_not_raised(path):
    assert answer(syntax, path, ("x = " if path == "a.toml" else "") + "[" * 100_000) == (
        False,
        "syntax_error",
    )


def test_a_null_byte_in_python_is_refused():
    assert answer(syntax, "a.py", "x = 1\0\n") == (False, "syntax_error")
