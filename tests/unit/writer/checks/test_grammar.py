"""Grammar: errors of trusted grammars refuse, those of others report."""

from __future__ import annotations

import pytest

from app.writer.checks.grammar import grammar
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import CODE, PASS, answer


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.js", "function f( {\n  return 1;\n}\n"),
        ("a.ts", "const f = (x: number => {\n  return x;\n"),
        ("a.tsx", "export const A = () => {\n  return <p>a</p>;\n"),
        ("a.go", "package main\n\nfunc main() {\n"),
        ("a.rs", "fn main() {\n    let x = ;\n}\n"),
        ("A.java", "class A { int f( { return 1; } }\n"),
        ("a.rb", "def f\n  1\n"),
        ("a.php", "<?php\nfunction f( { return 1; }\n"),
        ("a.lua", "local x = \nfunction\n"),
        ("a.css", "p { color: red;\n"),
    ],
)
def test_an_error_of_a_trusted_grammar_is_refused(path, after):
    assert answer(grammar, path, after) == (False, "syntax_error")
    assert answer(grammar, path, after, before=after) == (True, "syntax_error")
    assert answer(grammar, path, after, before=CODE[path]) == (False, "syntax_error")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.css", "p { color: }\n"),
        ("a.sql", "SELEC 1 FRM;\n"),
        ("a.c", "int main( {\n"),
        ("a.sh", "if x; then\n"),
        ("a.ts", "let x: = 1;\n"),
        ("Dockerfile", "FRUM x y\n"),
    ],
)
def test_an_error_of_another_grammar_is_reported(path, after):
    assert answer(grammar, path, after) == (True, "syntax_error")


def test_a_grammar_error_names_its_line():
    finding = grammar(Subject(path="a.js", after="let a = 1;\nlet b = ;\n"))

    assert finding.line == 2
    assert finding.detail == "a.js is no valid javascript at line 2: `let b = ;`"


def test_brackets_in_strings_and_comments_do_not_count():
    after = 'const f = (x: ) => { // ((\n  return "(((" + `[[`;\n}\n'

    assert answer(grammar, "a.ts", after) == (True, "syntax_error")


@pytest.mark.parametrize("after", ["{% for x in y %}\nfoo(;\n", "x" * 1_000_001 + "(;"])
def test_templates_and_huge_files_are_left_alone(after):
    assert answer(grammar, "a.js", after) == PASS
