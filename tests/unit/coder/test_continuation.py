"""A cut reply goes on where it stopped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coder.continuation import joined


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("a = 1\nb = ", "2\nc = 3\n", "a = 1\nb = 2\nc = 3\n"),
        ("def f():\n    retu", "    return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    return 1\n", "    return 1\n\n\nx = f()\n", "def f():\n    return 1\n\n\nx = f()\n"),
        ("```python\nalpha = 1\n", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
        ("```python\nalpha = 1\nbet", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
        ("{\n  {\n  }\n", "}\n", "{\n  {\n  }\n}\n"),
        ("  }\n}\n", "}\n}\n", "  }\n}\n}\n}\n"),
        ("def f():\n    re", "    return 1\n", "def f():\n    return 1\n"),
        ("f(x", ")\n", "f(x)\n"),
        ("", "x\n", "x\n"),
        ("x\n", "", "x\n"),
        ("def f():\n    ", "    return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    ", "return 1\n", "def f():\n    return 1\n"),
        ("```python\nalpha = 1\nbet", "```python\nalpha = 1\nbeta = 2\n", "```python\nalpha = 1\nbeta = 2\n"),
    ],
)
def test_the_parts_join_without_saying_a_line_twice(before: str, after: str, whole: str):
    assert joined(before, after) == whole


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("a,b\n0,0,0,0\n", "0,0,0,0\n", "a,b\n0,0,0,0\n0,0,0,0\n"),
        ("if a:\n    ", "    b()\n", "if a:\n        b()\n"),
        ("if a:\n    ", "\n    b()\n", "if a:\n    b()\n"),
        ("def f():\n    retu", "rn 1\n", "def f():\n    return 1\n"),
        ("def f():\n    retu", "    return 1\n", "def f():\n    return 1\n"),
        ("```python\nalpha = 1\nbet", "```python\nalpha = 1\nbeta = 2\n", "```python\nalpha = 1\nbeta = 2\n"),
        ("```python\nalpha = 1\n", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
    ],
)
def test_a_reply_whose_start_the_server_was_handed_may_say_a_line_twice(before: str, after: str, whole: str):
    assert joined(before, after, handed=True) == whole


@given(st.lists(st.sampled_from(["alpha = 1", "beta = 2", "    gamma()", "", "}"]), max_size=12), st.data())
def test_a_continuation_that_repeats_the_cut_line_gives_the_text_as_one_reply_would(lines, data):
    text = "".join(f"{n} {line}\n" for n, line in enumerate(lines, start=1000))
    cut = data.draw(st.integers(0, len(text)))
    start = text.rfind("\n", 0, cut) + 1

    repeated = text[start:] if len(text[start:cut].replace(" ", "")) >= 2 else text[cut:]

    assert joined(text[:cut], repeated) == text
