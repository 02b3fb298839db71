"""Pieces: where each block of a reply begins and ends, and how many are looked at."""

from __future__ import annotations

import pytest

from app.coder.pieces import Pieces
from app.coder.reply import parse

DIFF = "--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-x\n+y\n"
PATCH = "*** Begin Patch\n*** Update File: {0}\n@@\n-x\n+y\n*** End Patch\n"


def cut(text: str) -> list[tuple[str, int, int, str, bool]]:
    return [(p.form, p.line, p.end_line, p.text, p.closed) for p in Pieces(text)]


@pytest.mark.parametrize(("blocks", "read", "overfull"), [(999, 999, False), (1001, 1000, True)])
def test_a_thousand_blocks_are_read(blocks, read, overfull):
    pieces = Pieces("~~~\nx\n~~~\n" * blocks)

    assert len(list(pieces)) == read
    assert pieces.overfull is overfull


@pytest.mark.parametrize(("lines", "overfull"), [(3_999, False), (4_000, True)])
def test_four_thousand_fence_lines_are_read(lines, overfull):
    text = "````\n" + "```\n" * (lines - 1)
    pieces = Pieces(text)

    [block] = pieces
    assert pieces.overfull is overfull
    assert block.text == "```\n" * (lines - 1 - overfull)
    assert not block.closed


@pytest.mark.parametrize(("tags", "overfull"), [(1_000, False), (1_001, True)])
def test_a_thousand_tags_without_a_file_are_looked_at(tags, overfull):
    pieces = Pieces("<code>\n" * tags)

    assert list(pieces) == []
    assert pieces.overfull is overfull


def test_a_file_behind_too_many_tags_is_told_of():
    reply = parse("<code>\n" * 1_001 + '<file path="a.py">\nx\n</file>\n')

    assert reply.files == ()
    assert [p.code for p in reply.problems] == ["nothing_found", "too_many_blocks"]


def test_two_bare_diffs_end_where_prose_begins():
    one, two = DIFF.format("a.py"), DIFF.format("b.py")

    assert cut(f"{one}Words.\n\n{two}More.\n") == [
        ("unified_diff", 1, 6, one, True),
        ("unified_diff", 8, 13, two, True),
    ]
    assert cut(one) == [("unified_diff", 1, 6, one, False)]


def test_two_bare_patches_end_at_their_own_ends():
    one, two = PATCH.format("a.py"), PATCH.format("b.py")

    assert cut(f"{one}Words.\n\n{two}More.\n") == [
        ("patch", 1, 6, one.rstrip("\n"), True),
        ("patch", 9, 14, two.rstrip("\n"), True),
    ]


def test_a_draft_between_blocks_is_passed_by():
    block = "~~~\nx\n~~~\n"
    pieces = Pieces(f"{block}<think>\n{block}</think>\n{block}")

    assert [piece.line for piece in pieces] == [1, 9]
    assert pieces.open_draft is False
    open_end = Pieces(f"{block}<think>\n{block}")
    assert len(list(open_end)) == 1
    assert open_end.open_draft is True


@pytest.mark.parametrize(
    "head",
    ["```markdown\n", "```md\n", "```\n<!-- filepath: README.md -->\n", "README.md\n```\n", "```rst\n"],
)
def test_prose_may_hold_bare_blocks(head):
    text = f"{head}# A\n\nUse it:\n\n```\nrun\n```\n\nDone.\n```\n"

    [piece] = Pieces(text)
    assert piece.text.endswith("Done.\n")
    assert piece.closed


def test_a_block_in_a_list_loses_its_margin():
    [piece] = Pieces("- a.py\n\n  ```python\n  if x:\n      y\n z\n  ```\n")

    assert piece.text == "if x:\n    y\nz\n"
    assert (piece.line, piece.end_line) == (3, 7)


@pytest.mark.parametrize("opening", ['<br/><file path="a.py">', '<file\npath="a.py">', "<file path='a.py'>"])
def test_an_indented_tag_begins_a_file_where_one_at_the_margin_does(opening):
    text = f"{opening}\nx = 1\n</file>\n"

    at_margin, indented = ([file.path for file in parse(indent + text).files] for indent in ("", "  "))
    assert indented == at_margin
