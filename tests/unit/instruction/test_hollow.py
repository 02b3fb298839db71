"""Hollow code: functions that only say what they would do are an outline, not a file."""

from __future__ import annotations

import pytest

from app.domain import Content
from app.instruction.hollow import is_hollow
from app.instruction.ledger import read

HOLLOW = [
    "def f():\n    ...",
    "def f(): ...",
    'def f():\n    """Counts."""',
    'def f(\n    a: int,\n) -> int:\n    """Counts.\n\n    Much.\n    """\n    # the loop\n',
    "class A:\n    def f(self):\n        pass\n\n    def g(self):\n        # later",
]
WHOLE = [
    "x = 1",
    "def f():\n    return 1",
    'def f():\n    """Counts."""\n    return 1',
    "def f():\n    pass\n\ndef g():\n    return 1\n\ndef h():\n    return 2",
    "class P(Protocol):\n    def f(self) -> int: ...",
    "class B:\n    @abstractmethod\n    def f(self):\n        ...",
    'class E(Exception):\n    """Broken."""',
    "def f(): return 1",
]


@pytest.mark.parametrize("code", HOLLOW)
def test_functions_without_bodies_are_hollow(code: str) -> None:
    assert is_hollow("python", code.split("\n"))


@pytest.mark.parametrize("code", WHOLE)
def test_code_that_does_something_is_not(code: str) -> None:
    assert not is_hollow("python", code.split("\n"))


def test_only_python_is_judged() -> None:
    assert not is_hollow("javascript", ["def f(): ..."])


def test_a_file_given_as_an_outline_is_left_to_a_model() -> None:
    ledger = read("Create `a.py`:\n\n```python\ndef f():\n    ...\n```\n")

    assert [(d.path, d.content) for d in ledger.deliverables] == [("a.py", Content.GENERATE)]
    assert [problem.code for problem in ledger.problems] == ["elided_contents"]
