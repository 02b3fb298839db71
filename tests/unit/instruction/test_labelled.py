"""A bare label above a block: a file's contents, unless the document speaks of changing files."""

from __future__ import annotations

import pytest

from app.domain import Content, Kind
from app.instruction.ledger import read

BODIES = ["print('hi')\n", "def f():\n    return 1\n", "x = 1\n", "def f():\n    pass\n", "def f(:\n"]
LABELS = ["File: `x.py`", "**File:** `x.py`", "### `x.py`", "Create `x.py`:", "**CREATE FILE: x.py**"]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("label", LABELS)
def test_a_labelled_block_is_a_file_as_it_stands_where_nothing_is_changed(label: str, body: str):
    (owed,) = read(f"# A small tool\n\n{label}\n\n```python\n{body}```\n").deliverables

    assert (owed.kind, owed.content, owed.path, owed.text) == (Kind.CREATE, Content.INLINE, "x.py", body)


@pytest.mark.parametrize("heading", ["Update the handler", "Add a method to the class", "Fix the loop"])
def test_the_same_block_under_a_heading_that_changes_something_is_a_snippet(heading: str):
    (owed,) = read(f"## {heading}\n\nFile: `x.py`\n\n```python\ndef f():\n    return 1\n```\n").deliverables

    assert (owed.kind, owed.content) == (Kind.EDIT, Content.GENERATE)


def test_functions_that_only_say_what_they_would_do_are_an_outline():
    text = '```python\ndef f():\n    """Reads the file."""\n\n\ndef g():\n    # then sorts it\n    ...\n```\n'

    (owed,) = read(f"Create `x.py`:\n\n{text}").deliverables

    assert (owed.kind, owed.content) == (Kind.CREATE, Content.GENERATE)


def test_two_files_of_one_name_in_two_folders_are_two_files():
    text = "Create `/srv/a/x.txt`:\n\n```text\none\n```\n\nCreate `x.txt`:\n\n```text\ntwo\n```\n"

    ledger = read(text)

    assert [d.path for d in ledger.deliverables] == ["/srv/a/x.txt", "x.txt"]
    assert ledger.verdict == "complete"


@pytest.mark.parametrize("path", ["bin/deploy", "scripts/run", "deploy", "/tmp/x/deploy", "bin/deploy.sh"])
def test_a_first_line_that_says_filepath_names_a_file_without_an_ending_too(path: str):
    (file,) = read(f"# Ship\n\n```bash\n# filepath: {path}\nrsync -a . there:\n```\n").deliverables

    assert (file.kind, file.path, file.content) == (Kind.CREATE, path, Content.INLINE)


@pytest.mark.parametrize("line", ["source: wiki/page", "target: production", "path: usr/local/bin"])
def test_a_word_without_an_ending_is_no_file_where_the_first_line_may_mean_anything(line: str):
    (command,) = read(f"# Ship\n\nRun this:\n\n```bash\n# {line}\nrsync -a . there:\n```\n").deliverables

    assert (command.kind, command.path) == (Kind.COMMAND, None)
