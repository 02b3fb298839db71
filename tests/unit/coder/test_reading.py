"""Reading: what becomes of each block of a reply, and the words it is told in."""

from __future__ import annotations

import pytest

from app.coder.reply import parse
from app.domain import Use

AHEAD = "`a.py`\n```python\na = 1\n```\n"
TREE = "src/\n├── a.py\n└── b.py\n"


@pytest.mark.parametrize(
    ("block", "use", "reason"),
    [
        ("```python\n\n```\n", Use.EXAMPLE, "empty"),
        ("```bash\nls\n```\n", Use.COMMAND, "commands for a person"),
        ("```SH\nls\n```\n", Use.COMMAND, "commands for a person"),
        (f"```\n{TREE}```\n", Use.EXAMPLE, "announced as an output or an example"),
        ("```console\nhi\n```\n", Use.COMMAND, "commands for a person"),
        ("Output:\n```\nhi there\n```\n", Use.EXAMPLE, "announced as an output or an example"),
        ("```text\nsome words\n```\n", Use.UNRESOLVED, "nothing names it"),
        ("```go\npackage b\n```\n", Use.UNRESOLVED, "nothing names it"),
        ("`b.go`\n```go\npackage b\n```\n", Use.CREATE, "named by name_line"),
        ("```bash\ncat > b.sh <<'E'\nls\nE\n```\n", Use.CREATE, "named by heredoc"),
        ('```json\n{"files": [{"path": "b.py", "content": "b"}]}\n```\n', Use.CREATE, "named by json"),
    ],
)
def test_each_block_behind_a_named_one_is_what_it_looks_like(block, use, reason):
    reply = parse(f"{AHEAD}\n{block}")

    assert [(b.use, b.reason) for b in reply.blocks] == [(Use.CREATE, "named by name_line"), (use, reason)]


def test_of_two_blocks_for_one_path_the_later_is_taken_and_both_are_told():
    reply = parse("`a.py`\n```python\na = 1\n```\n\n`a.py`\n```python\na = 2\n```\n")

    assert [file.content for file in reply.files] == ["a = 2\n"]
    assert [(b.use, b.reason, b.path) for b in reply.blocks] == [
        (Use.EXAMPLE, "a later block holds this file", "a.py"),
        (Use.CREATE, "named by name_line", "a.py"),
    ]
    assert [(p.code, p.message, p.line) for p in reply.problems] == [
        (
            "path_repeated",
            "two blocks hold `a.py` (the first at line 2); the later one is taken",
            7,
        )
    ]


def test_the_same_block_given_twice_is_told_of_once_and_no_problem():
    reply = parse("`a.py`\n```python\na = 1\n```\n\n`a.py`\n```python\na = 1\n```\n")

    assert [b.reason for b in reply.blocks] == ["named by name_line", "another block holds this file"]
    assert reply.problems == ()


@pytest.mark.parametrize(
    ("path", "files"), [("b.sh", ["b.sh"]), ("lib/b.sh", ["lib/b.sh"]), (None, ["b.sh"])]
)
def test_a_file_that_a_command_writes_has_the_path_the_task_knows(path, files):
    reply = parse("```\ncat > b.sh <<'E'\nls\nE\n```\n", paths=[path] if path else [])

    assert [file.path for file in reply.files] == files
    assert [file.content for file in reply.files] == ["ls\n"]


def test_files_in_json_that_the_task_does_not_know_are_left():
    text = '```json\n{"files": [{"path": "b.py", "content": "b"}, {"path": "c.py", "content": "c"}]}\n```\n'

    assert [file.path for file in parse(text, paths=["c.py"]).files] == ["c.py"]
    assert [file.path for file in parse(text).files] == ["b.py", "c.py"]


def test_a_cut_block_of_commands_writes_nothing():
    [file] = parse("```bash\ncat > b.sh <<'E'\nls\nE\n").files

    assert (file.path, file.complete) == (None, False)


def test_a_block_set_aside_is_the_file_where_it_is_the_only_one():
    reply = parse("Output:\n```\nhi there\n```\n")

    assert [(b.use, b.reason) for b in reply.blocks] == [(Use.UNRESOLVED, "the only block; nothing names it")]
    assert [(p.code, p.message, p.line) for p in reply.problems] == [
        ("unnamed_block", "nothing names the file this block holds", 2)
    ]
