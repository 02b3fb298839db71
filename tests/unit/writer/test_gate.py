"""The gate: every check once, the author's bytes never stopped, deletions let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Content, FileChange, Finding
from app.writer.gate import inspect, refusals


def change(
    path: str, after: bytes | None, *, before: bytes | None = None, content: Content = Content.GENERATE
) -> FileChange:
    return FileChange(path=path, before=before, after=after, content=content)


def codes(found: tuple[Finding, ...]) -> list[str | None]:
    return [finding.code for finding in refusals(found)]


def test_every_check_gives_one_finding():
    found = inspect(change("a.py", b"def validate():\n    return 'Success!'\n"), min_bytes=20)

    names = [finding.name for finding in found]
    assert len(names) == len(set(names)) == 12
    assert all(finding.ok and finding.code is None for finding in found)


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.py", b'def validate(): return "Success!"'),
        ("pkg/__init__.py", b""),
        ("a.yaml", b"debug:\n  enabled: true"),
        ("README.md", b"# A\n\n```bash\nls\n```\n"),
        ("total.py", b"total = sum(range(10))\nprint(total)\n"),
    ],
)
def test_small_right_files_pass(path, after):
    assert not refusals(inspect(change(path, after), min_bytes=20))


def test_a_generated_file_is_stopped_by_every_check_it_fails():
    found = inspect(change("a.py", b"```python\n# ... rest of the code\n"), min_bytes=20)

    assert codes(found) == ["leftover", "syntax_error", "elision"]


def test_the_authors_bytes_are_told_and_never_stopped():
    found = inspect(change("a.py", b"def f(:\n", content=Content.INLINE), min_bytes=20)

    assert not refusals(found)
    assert [finding.code for finding in found if finding.code] == ["too_small", "syntax_error"]
    assert all(finding.detail for finding in found if finding.code)


def test_a_deletion_has_no_findings():
    assert inspect(change("a.py", None, before=b"x"), min_bytes=20) == ()


def test_the_instruction_reaches_the_checks():
    stub = change("a.py", b"def later():\n    pass\n")

    assert codes(inspect(stub, min_bytes=5)) == ["stub"]
    assert codes(inspect(stub, min_bytes=5, instruction="Only a stub.")) == []


def test_the_old_bytes_reach_the_checks():
    old = b"import os\nimport sys\n" + b"x = os.path.join('a', 'b')\n" * 20

    assert codes(inspect(change("a.py", b"import os\nx = 1\n", before=old), min_bytes=5)) == ["shrunk"]


def test_a_byte_order_mark_and_crlf_are_no_faults():
    assert not refusals(
        inspect(change("a.json", b'\xef\xbb\xbf{"a": 1,\r\n"b": [1, 2, 3]}\r\n'), min_bytes=20)
    )


def test_bytes_that_are_no_text_are_refused():
    found = inspect(change("a.py", b"x = 1\0\n" * 10), min_bytes=20)

    assert codes(found) == ["not_text"]


def test_bytes_of_another_encoding_are_looked_at_all_the_same():
    assert not refusals(inspect(change("a.txt", "größe und mehr davon\n".encode("latin-1")), min_bytes=20))


@given(
    path=st.sampled_from(
        ["a.py", "a.js", "a.json", "a.yaml", "a.toml", "a.md", "a.ts", "a.css", "Dockerfile", "x"]
    ),
    after=st.binary(max_size=200),
    before=st.none() | st.binary(max_size=200),
)
def test_no_bytes_break_the_gate(path, after, before):
    for finding in inspect(change(path, after, before=before), min_bytes=20):
        assert finding.ok or finding.detail
