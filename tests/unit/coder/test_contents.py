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


def test_a_block_in_the_paths_language_is_taken_before_one_in_another():
    assert given(
        "```json\n{}\n```\n\n```python\nLIMIT = 6\n```\n\n```python\nLIMIT = 7\n```\n", None
    ) == Contents(b"LIMIT = 6\n", "unnamed")


def test_where_no_block_is_in_the_paths_language_the_first_that_is_no_command_is_taken():
    text = "```\nLIMIT = 8\n```\n\n```text\nLIMIT = 9\n```\n"

    assert given(text, None) == Contents(b"LIMIT = 8\n", "unnamed")
    assert given("```bash\npip install limits\n```\n", None) is None


def test_a_shell_block_is_the_file_of_a_shell_script():
    reply = parse("```sh\nset -e\n```\n")

    assert contents(reply, "run.sh", None) == Contents(b"set -e\n", "unnamed")


def test_of_two_blocks_that_name_the_file_the_last_is_taken_and_one_without_a_name_is_not():
    unnamed, first, last = (f"```python\nLIMIT = {number}\n```\n" for number in range(3))
    text = f"{unnamed}\n`limits.py`\n{first}\n`limits.py`\n{last}"

    assert given(text, None) == Contents(b"LIMIT = 2\n", "name_line")
    assert given(text, None, named_only=True) == Contents(b"LIMIT = 2\n", "name_line")


def test_an_unnamed_edit_is_made_unless_only_what_is_named_counts():
    unnamed = EDIT.removeprefix("limits.py\n")

    assert given(unnamed) == Contents(b"import limits\n\nLIMIT = 2\n", "search_replace")
    assert given(unnamed, named_only=True) is None


def test_every_kind_of_edit_that_cannot_be_read_is_told_once():
    half = "limits.py\n<<<<<<< SEARCH\nLIMIT = 1\n"

    told = given(f"{UNCLEAR}\n{UNCLEAR}\n{half}")

    assert isinstance(told, NotMade)
    assert told.detail.count("; ") == 1


def test_an_edit_that_fits_nowhere_says_so():
    told = given(EDIT.replace("LIMIT = 1", "LIMITS = 100"))

    assert isinstance(told, NotMade)
    assert "has no place" in told.detail


def test_lone_carriage_returns_do_not_make_a_file_one_of_another_system():
    before = b"LIMIT = 1\r\nA = 1\nB = 2\n"

    assert given("```python\nLIMIT = 5\n```\n", before) == Contents(b"LIMIT = 5\n", "unnamed")
