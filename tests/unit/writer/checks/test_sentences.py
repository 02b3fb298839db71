"""What each check says: a line and a sentence that the coder can act on, word by word."""

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

LONG = "x" * 130
OLD = "import a\nimport b\n" + "".join(f"def f_{i}(x):\n    return x * {i}\n" for i in range(12))

SAID = [
    (
        elision,
        "a.py",
        "a\n# ... rest of code\n",
        None,
        2,
        "line 2 of a.py leaves code out: `# ... rest of code`. Write that code.",
    ),
    (grammar, "a.js", "\nlet a = ;\n", None, 2, "a.js is no valid javascript at line 2: `let a = ;`"),
    (
        grammar,
        "a.js",
        f"let a = ; // {LONG}\n",
        None,
        1,
        f"a.js is no valid javascript at line 1: `let a = ; // {LONG[:107]}`",
    ),
    (
        leftovers,
        "a.css",
        "a\n<<<<<<< SEARCH\nb\n",
        None,
        2,
        "line 2 of a.css is an edit sign: `<<<<<<< SEARCH`. Leave it out.",
    ),
    (
        leftovers,
        "a.css",
        "a\n</think>\nb\n",
        None,
        2,
        "line 2 of a.css is a mark of the model's own: `</think>`. Leave it out.",
    ),
    (leftovers, "a.css", "a\n\n```\n", None, 3, "line 3 of a.css is a fence: `````. Leave it out."),
    (leftovers, "a.css", "```css\na\n```\n", None, 1, "line 1 of a.css is a fence: ````css`. Leave it out."),
    (leftovers, "a.md", "\n```\na\n```\n", None, 2, "all of a.md stands in one fence"),
    (leftovers, "a.py", "\n# filepath: b.py\n", None, 2, "line 2 of a.py looks like a file marker"),
    (
        repetition,
        "a.py",
        "\nx\n" + "some line of a length\n" * 30,
        None,
        3,
        "the last 30 lines of a.py repeat the same 1. Write them once.",
    ),
    (
        secrets,
        "a.py",
        "\nx = 'ghp_" + "aB1c" * 9 + "'\n",
        None,
        2,
        "line 2 of a.py holds a secret key in clear. Read it from the environment.",
    ),
    (
        secrets,
        "a.py",
        "\npassword = 'hunter2hunter2'\n",
        None,
        2,
        "line 2 of a.py holds a password or token in clear. Read it from the environment.",
    ),
    (
        shrink,
        "a.py",
        "x = 1\n",
        OLD,
        None,
        f"the new a.py has 6 characters where the old one had {len(OLD)}. Write all of it.",
    ),
    (
        shrink,
        "a.py",
        OLD.replace("f_3(", "g(").replace("f_4(", "h("),
        OLD,
        None,
        "the new a.py no longer has: f_3, f_4. Keep what was not to be removed.",
    ),
    (
        shrink,
        "a.py",
        OLD.replace("f_", "g_"),
        OLD,
        None,
        "the new a.py no longer has: "
        + ", ".join(f"f_{i}" for i in range(8))
        + ". Keep what was not to be removed.",
    ),
    (
        shrink,
        "a.py",
        OLD.replace("import", "load"),
        OLD,
        None,
        "the new a.py has lost its imports. Write all of it.",
    ),
    (size, "a.py", "x = 1\n", None, None, "a.py has 6 bytes, at least 20 make a file. Write its contents."),
    (
        stubs,
        "a.py",
        "\ndef f():\n    pass\n",
        None,
        2,
        "function `f` at line 2 of a.py is empty. Write its body.",
    ),
    (
        stubs,
        "a.js",
        "\n// TODO: implement\n",
        None,
        2,
        "line 2 of a.js waits to be written: `// TODO: implement`. Write it.",
    ),
    (
        stubs,
        "a.js",
        f"\n// TODO: implement {LONG}\n",
        None,
        2,
        f"line 2 of a.js waits to be written: `// TODO: implement {LONG[:101]}`. Write it.",
    ),
    (syntax, "a.py", "\nx =\n", None, 2, "a.py is no valid PY at line 2: invalid syntax"),
    (
        syntax,
        "a.py",
        "\nx =\n",
        "y =\n",
        2,
        "a.py is no valid PY at line 2: invalid syntax (nor was the old file)",
    ),
    (syntax, "a.json", '{\n"a" 1}', None, 2, "a.json is no valid JSON at line 2: Expecting ':' delimiter"),
    (syntax, "a.json", "[" * 100_000, None, None, "a.json is no valid JSON: it is nested too deeply"),
    (
        syntax,
        "a.toml",
        "a = " + "[" * 100_000,
        None,
        None,
        "a.toml is no valid TOML: it is nested too deeply",
    ),
    (
        syntax,
        "a.yaml",
        "a: " + "[" * 501 + "]" * 501,
        None,
        None,
        "a.yaml is no valid YAML: it is nested too deeply",
    ),
    (
        syntax,
        "a.yaml",
        "a: 1\n b: 2\n",
        None,
        2,
        "a.yaml is no valid YAML at line 2: mapping values are not allowed in this context",
    ),
    (
        syntax,
        "a.yaml",
        "a: \x01\n",
        None,
        None,
        "a.yaml is no valid YAML: unacceptable character #x0001: control characters are not allowed",
    ),
    (
        talk,
        "a.css",
        "\nSure! Here it is.\na\n",
        None,
        2,
        "line 2 of a.css is talk, not its contents: `Sure! Here it is.`. Leave it out.",
    ),
    (
        talk,
        "a.css",
        f"Sure! {LONG}\na\n",
        None,
        1,
        f"line 1 of a.css is talk, not its contents: `Sure! {LONG[:114]}`. Leave it out.",
    ),
    (
        templates,
        "a.py",
        "\nx = '[your name]'\n",
        None,
        2,
        "line 2 of a.py leaves a blank to be filled: `[your name]`",
    ),
    (
        templates,
        "a.md",
        "\n[your name]\n",
        None,
        2,
        "line 2 of a.md leaves a blank to be filled: `[your name]`",
    ),
]


@pytest.mark.parametrize("said", SAID)
def test_a_check_says_where_and_what(said: tuple[Check, str, str, str | None, int | None, str]):
    check, path, after, before, line, detail = said

    finding = check(Subject(path=path, after=after, before=before, min_bytes=20))

    assert (finding.name, finding.line) == (check.__name__, line)
    assert finding.detail == detail


@pytest.mark.parametrize(
    ("check", "path", "old", "new"),
    [
        (elision, "a.py", "# ... rest of the code", "# ... other code"),
        (leftovers, "a.css", "</think>", ">>>>>>> REPLACE"),
        (stubs, "a.js", "// TODO: implement", "// TODO: implement it"),
        (templates, "a.py", "[your name]", "[your mail]"),
        (secrets, "a.py", "ghp_" + "aB1c" * 9, "ghp_" + "dE2f" * 9),
    ],
)
def test_a_fault_of_the_old_file_does_not_hide_a_new_one(check: Check, path, old, new):
    finding = check(Subject(path=path, after=f"a\n{old}\n{new}\nb\n", before=f"{old}\n"))

    assert (finding.ok, finding.line) == (False, 3)


def test_yaml_with_many_brackets_or_deep_ones_is_read():
    assert syntax(Subject(path="a.yaml", after="a: " + "[" * 500 + "]" * 500 + "\n")).code is None
    assert syntax(Subject(path="a.yaml", after="".join(f"b{i}: [{{}}]\n" for i in range(600)))).code is None


def definitions(count: int) -> str:
    return "".join(f"def f_{i}(x):\n    return x * {i} + 100000000\n" for i in range(count))


@pytest.mark.parametrize(
    ("count", "lost", "ok"),
    [(10, 5, True), (10, 6, False), (9, 5, False), (4, 1, True), (3, 2, False), (4, 2, True)],
)
def test_more_than_half_of_the_definitions_lost_is_too_many(count, lost, ok):
    old = definitions(count) + "# a comment of some length, to be large enough\n" * 5
    new = old
    for i in range(lost):
        new = new.replace(f"f_{i}(", f"g_{i}(")

    finding = shrink(Subject(path="a.py", after=new, before=old))

    assert (finding.ok, finding.code) == (ok, "definitions_lost")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(400, 150, "shrunk"), (400, 199, "shrunk"), (400, 200, None), (199, 1, None), (200, 1, "shrunk")],
)
def test_less_than_half_of_a_file_that_is_not_small_is_too_little(old, new, code):
    assert shrink(Subject(path="a.txt", after="a" * new, before="b" * old)).code == code


def test_a_single_import_may_go():
    old = "import a\n" + "x = 1  # a line\n" * 20
    assert shrink(Subject(path="a.py", after=old[9:], before=old)).code is None


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["a line that is just eighty characters long " + "-" * 37] * 6, "repetition"),
        (["a line that is just eighty characters long " + "-" * 37] * 5, None),
        (["x" * 100] * 4 + ["y" * 10] * 4, None),
        ([str(i) * 30 for i in range(6)] + ["z" * 70] * 6, "repetition"),
        ([str(i) * 30 for i in range(7)] + ["z" * 70] * 6, None),
        ([f"line number {i} of forty of them" for i in range(40)] * 6, "repetition"),
        ([f"line number {i} of forty of them" for i in range(41)] * 6, None),
        (["z" * 50] * 8, "repetition"),
        (["z" * 49] * 8, None),
    ],
)
def test_how_much_repetition_is_too_much(lines, code):
    assert repetition(Subject(path="a.txt", after="\n".join(lines) + "\n")).code == code
