"""Fences: which line ends the block that a fence opens."""

from __future__ import annotations

import pytest

from app.coder.fences import Fences, fence_lines


def block(text: str, *, prose: bool = False) -> tuple[str, bool]:
    """The contents of the block that the text begins with, and whether it is closed."""
    lines = fence_lines(text, most=100)
    found = Fences(text, lines).block(lines[0], prose=prose)
    return text[found.inner_start : found.inner_end], found.closed


@pytest.mark.parametrize(
    ("text", "inner", "closed"),
    [
        ("```py\nx\n```\n", "x\n", True),
        ("```py\nx\n```", "x\n", True),
        ("```py\nx\n", "x\n", False),
        ("```py\n```a\n```b\nx\n```\n```\n```\nmore\n", "```a\n```b\nx\n```\n```\n", True),
        ("```py\nx\n```a\ny\n```\n", "x\n```a\ny\n", True),
        ("```py\nx\n```a\ny\n```\n \n", "x\n```a\ny\n", True),
        ("```py\nx\n```a\ny\n```\nwords\n", "x\n```a\ny\n```\nwords\n", False),
        ("```py\nx\n```a\n", "x\n```a\n", False),
        ("```py\nx\n```a\ny\n```\n~~~\n", "x\n```a\ny\n```\n~~~\n", False),
        ("```py\nx\n- ```\ny\n```\n", "x\n- ```\ny\n", True),
        ("```py\nx\n    ```\ny\n```\n", "x\n    ```\ny\n", True),
        ("````py\n```\n```a\n````\n", "```\n```a\n", True),
        ("````py\n`````\n", "", True),
        ("~~~py\n```\n~~~\n", "```\n", True),
        ("~~~py\n~~~a\n~~~\n", "~~~a\n", True),
    ],
)
def test_which_fence_closes_code(text, inner, closed):
    assert block(text) == (inner, closed)


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("```md\n# A\n\n```\nrun\n```\n\nend\n```\n", "# A\n\n```\nrun\n```\n\nend\n"),
        ("```md\nRun:\n```\nrun\n```\nend\n```\n", "Run:\n```\nrun\n```\nend\n"),
        ("```md\nRun\n```\nrun\n```\nend\n```\n", "Run\n"),
        ("```md\n# A\n\n```\n\nwords\n```\nx\n```\n", "# A\n\n"),
        ("```md\n# A\n\n```\n~~~\nx\n```\ny\n```\n", "# A\n\n"),
        ("```md\n# A\n\n```\n`x`\n```\ny\n```\n", "# A\n\n"),
        ("```md\n# A\n\n```", "# A\n\n"),
        ("```md\n\n```\nrun\n```\n", "\n"),
    ],
)
def test_which_fence_closes_prose(text, inner):
    assert block(text, prose=True) == (inner, True)


def test_so_many_fence_lines_are_found_and_no_more():
    assert len(fence_lines("```\n~~~\n" * 5, most=3)) == 3
    assert [line.marks for line in fence_lines("`` \n ```\n~~\n~~~~ a\nx ```\n", most=9)] == ["```", "~~~~"]
