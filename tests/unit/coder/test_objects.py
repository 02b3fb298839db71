"""Objects: which JSON gives files."""

from __future__ import annotations

import json

import pytest

from app.coder.objects import objects

FILE = {"path": "a.py", "content": "x\n"}


def nested(depth: int) -> str:
    return "[" * depth + json.dumps(FILE) + "]" * depth


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (json.dumps(FILE), [("a.py", "x\n")]),
        (f"\n {json.dumps(FILE)}\n", [("a.py", "x\n")]),
        ('{"path": "bin/run", "content": ""}', [("bin/run", "")]),
        ('{"file_path": "a.py", "file_text": "x"}', [("a.py", "x\n")]),
        ('{"path": "a.py", "content": "two\nlines"}', [("a.py", "two\nlines\n")]),
        ('{"path": 1, "file": "a.py", "content": null, "code": "x"}', [("a.py", "x\n")]),
        (f'[{json.dumps(FILE)}, {{"path": "b", "content": "y"}}, 1]', [("a.py", "x\n"), ("b", "y\n")]),
        ('{"path": "a.py", "content": "x", "more": [{"path": "b.py", "content": "y"}]}', [("a.py", "x\n")]),
        ('{"path": "a.py", "more": [{"path": "b.py", "content": "y"}]}', [("b.py", "y\n")]),
        ('{"content": "x"}', []),
        ('{"path": "a b c d e", "content": "x"}', []),
        ('{"path": "a.py", "content": 1}', []),
        ('{"path": "a.py", "content": "x"', []),
        ("[1, 2", []),
        ("words", []),
        ('"a.py"', []),
        ("", []),
        ("[" * 100_000 + "]" * 100_000, []),
        (nested(5), [("a.py", "x\n")]),
        (nested(6), []),
        ('{"a": ' * 5 + json.dumps(FILE) + "}" * 5, [("a.py", "x\n")]),
        ('{"a": ' * 6 + json.dumps(FILE) + "}" * 6, []),
        ('{"arguments": "{\\"path\\": \\"a.py\\", \\"content\\": \\"x\\"}"}', [("a.py", "x\n")]),
        ('{"other": "{\\"path\\": \\"a.py\\", \\"content\\": \\"x\\"}"}', []),
        ('{"arguments": "words"}', []),
        (f"<tool_call>{json.dumps(FILE)}</tool_call> <tool_call>no</tool_call>", [("a.py", "x\n")]),
        (f"<tool_call>\n{json.dumps(FILE)}", [("a.py", "x\n")]),
        (f"words <tool_call>{json.dumps(FILE)}</tool_call>", []),
    ],
)  # fmt: skip
def test_the_files_of_a_json_text(text, files):
    assert objects(text) == files
