"""A name that nothing brings in fails at run time; it is told, and stops nothing."""

from __future__ import annotations

import pytest

from app.writer.checks.subject import Subject
from app.writer.checks.undefined import undefined


def look(after: str, before: str | None = None, path: str = "a.py"):
    return undefined(Subject(path=path, after=after, before=before))


def test_a_forgotten_import_is_named_with_its_line():
    finding = look("def area(r):\n    return math.pi * r * r\n")

    assert finding.ok
    assert finding.code == "undefined_name"
    assert finding.line == 2
    assert finding.detail == "a.py uses `math`, which it neither defines nor imports (line 2)"


def test_every_name_is_listed_once_and_the_first_line_given():
    finding = look("a = os.sep\nb = re.sub\nc = os.sep\n")

    assert finding.line == 1
    assert "`os`, `re`" in (finding.detail or "")


@pytest.mark.parametrize(
    "text",
    [
        "import math\n\nx = math.pi\n",
        "def f():\n    return g()\n\n\ndef g():\n    return 1\n",
        "from os import *\n\nx = path\n",
        "try:\n    text = unicode\nexcept NameError:\n    text = str\n",
        "globals()['x'] = 1\nprint(x)\n",
        "print(__file__, __name__)\n",
        "class A:\n    def me(self) -> 'A':\n        return self\n",
        "import typing as t\n\nT = t.TypeVar('T')\n\n\ndef f(x: 'T') -> 'T':\n    return x\n",
        "[n for n in range(3)]\nwith open('x') as f:\n    f.read()\n",
        "def broken(:\n",
        "",
    ],
)
def test_names_that_something_brings_in_pass(text: str):
    assert look(text).code is None


def test_what_the_old_file_lacked_as_well_is_not_the_changes_doing():
    assert look("x = y\nz = 1\n", before="x = y\n").code is None
    assert "uses `w`, which" in (look("x = y\nz = w\n", before="x = y\n").detail or "")


def test_only_python_is_looked_at():
    assert look("x = y", path="a.txt").code is None
    assert look("x: y", path="a.pyi").code is None
