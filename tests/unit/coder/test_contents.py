"""What a reply gives a path: edits that can all be made, or a block that is meant for it."""

from __future__ import annotations

from app.coder.contents import Contents, NotMade, contents
from app.coder.reply import parse

BEFORE = b"import limits\n\nLIMIT = 1\n"
EDIT = "limits.py\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> REPLACE\n"
UNCLEAR = EDIT.replace("=======\n", "")
EXAMPLE = "Use it like this:\n\n```python\nfrom limits import LIMIT\n```\n"


def given(text: str, before: bytes | None = BEFORE, *, named_only: bool = False) -> object:
    return contents(parse(text, paths=("limits.py",)), "limits.py", before, named_only=named_only)


def test_edits_are_made_in_what_is_there():
    assert given(EDIT) == Contents(b"import limits\n\nLIMIT = 2\n", "search_replace")


def test_an_example_beside_an_edit_that_cannot_be_read_is_not_the_file():
    assert isinstance(given(f"{UNCLEAR}\n{EXAMPLE}"), NotMade)


def test_a_block_that_names_the_file_stands_beside_an_edit_of_another_that_cannot_be_read():
    other = UNCLEAR.replace("limits.py", "other.py")

    assert isinstance(given(f"`limits.py`\n```python\nLIMIT = 3\n```\n\n{other}"), Contents)


def test_an_edit_of_nothing_begins_a_file_and_any_other_edit_needs_one():
    assert given(EDIT.replace("LIMIT = 1\n", ""), None) == Contents(b"LIMIT = 2\n", "search_replace")
    assert given(EDIT, None) is None


def test_what_names_no_file_is_taken_only_where_it_may_be_meant():
    unnamed = "```python\nLIMIT = 4\n```\n"

    assert given(unnamed) == Contents(b"LIMIT = 4\n", "unnamed")
    assert given(unnamed, named_only=True) is None


def test_a_new_version_keeps_the_line_ends_of_the_old():
    assert given("```python\nLIMIT = 5\n```\n", b"LIMIT = 1\r\n") == Contents(b"LIMIT = 5\r\n", "unnamed")
