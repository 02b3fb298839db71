"""Stubs: what waits to be written, and what is empty for a reason."""

from __future__ import annotations

import pytest

from app.writer.checks.stubs import stubs
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer


@pytest.mark.parametrize(
    "after",
    [
        "def f():\n    pass\n",
        'def f():\n    """Does."""\n',
        "async def f():\n    ...\n",
        "def f():\n    raise NotImplementedError\n",
        "class A:\n    def f(self):\n        raise NotImplementedError('x')\n",
        "def f():\n    pass  # TODO\n\ndef g():\n    return 1\n",
        "def f():\n    # TODO: implement\n    pass\n\ndef g():\n    return 1\n",
        "def f():\n    raise NotImplementedError('x')\n\ndef g():\n    return 1\n",
        "def f():\n    x = 1\n    ...\n    return x\n",
        "def f():\n    return 1\n\n...\n",
    ],
)
def test_empty_functions_are_refused_unless_asked_for(after):
    assert answer(stubs, "a.py", after) == (False, "stub")
    assert answer(stubs, "a.py", after, instruction="Write a stub.") == (True, "stub")
    assert answer(stubs, "a.py", after, before=after) == PASS


@pytest.mark.parametrize(
    "after",
    [
        "def f():\n    pass\n\ndef g():\n    return 1\n",
        "from abc import ABC\n\nclass A(ABC):\n    def f(self):\n        ...\n",
        "import typing\n\nclass A(typing.Protocol[int]):\n    def f(self): ...\n",
        "class A:\n    @abc.abstractmethod\n    def f(self):\n        pass\n",
        "class E(Exception):\n    pass\n",
        "@overload\ndef f(x): ...\n",
        "x = 1  # TODO later\n",
        "def f(:\n",
        "def f():\n    yield\n",
        "def f():\n    return ...\n",
        "def f():\n    raise ValueError\n",
        "class A:\n    def f(self):\n        raise NotImplementedError\n\ndef g():\n    return 1\n",
        "def f(x=...):\n    return x[...]\n",
        'def f():\n    """Does."""\n    ...\n\ndef g():\n    return 1\n',
        "class A:\n    x: int\n    ...\n",
    ],
)
def test_functions_that_are_empty_for_a_reason_pass(after):
    assert answer(stubs, "a.py", after) == PASS


def test_an_empty_function_is_told_with_its_line():
    finding = stubs(Subject(path="a.py", after="\n\ndef f():\n    pass\n"))

    assert (finding.line, finding.detail) == (3, "function `f` at line 3 of a.py is empty. Write its body.")


def test_dots_among_statements_are_told_with_their_line():
    finding = stubs(Subject(path="a.py", after="def f():\n    x = 1\n    ...\n"))

    detail = "the `...` at line 3 of a.py stands for code left out. Write that code."
    assert (finding.line, finding.detail) == (3, detail)


def test_a_new_empty_function_beside_others_in_an_old_file_passes():
    assert answer(stubs, "a.py", "def f():\n    pass\n", before="x = 1\n") == PASS


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.js", "// TODO: implement this"),
        ("a.js", "  throw new Error('Not implemented');"),
        ("a.rs", "    todo!()"),
        ("a.rs", "    unimplemented!()"),
        ("a.go", '\tpanic("not implemented")'),
        ("a.java", "// TODO add your code"),
        ("a.sql", "-- TODO: fill in"),
        ("a.html", "<!-- your code goes here -->"),
        ("a.sh", "# Implement your logic here"),
        ("a.ts", "// placeholder implementation"),
        ("a.ts", "// FIXME: implement"),
        ("A.java", 'throw new UnsupportedOperationException("Not implemented yet");'),
        ("a.js", "/* fill this in */"),
        ("a.js", "// TODO you need to implement the query"),
        ("a.js", "// Stub implementation"),
        ("a.js", "// placeholder for the actual logic"),
        ("a.js", "x(); // TODO(me): implement"),
    ],
)
def test_lines_that_wait_to_be_written_are_refused_unless_asked_for(path, line):
    assert answer(stubs, path, f"a\n{line}\n") == (False, "stub")
    assert answer(stubs, path, f"a\n{line}\n", instruction="leave TODOs") == (True, "stub")
    assert answer(stubs, path, f"a\n{line}\n", before=f"{line}\n") == PASS


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.js", "// implementation details"),
        ("a.js", "// TODO: faster"),
        ("a.h", "x /* placeholder for a */"),
        ("a.rb", "#      # your code here"),
        ("a.md", "// TODO: implement"),
        ("a.js", "// implements the interface"),
        ("a.js", "throw new Error('no such file');"),
        ("a.rs", "my_todo(x)"),
    ],
)
def test_lines_that_only_use_such_words_wait_for_nothing(path, line):
    assert answer(stubs, path, f"a\n{line}\n") == PASS
