"""Unified diffs, judged by the tools that apply them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import Content, FileChange
from app.writer.diff import unified

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")

Sides = tuple[bytes | None, bytes | None]
lines = st.lists(
    st.sampled_from(["a", "b", "", " x", "\tt", "é", "+p", "-m", "@@", "a\r", "\x0c", "\u2028z", "\\ No"])
)
texts = st.builds(lambda parts, end: "\n".join(parts) + end, lines, st.sampled_from(["", "\n"])).map(
    str.encode
)
sides: st.SearchStrategy[Sides] = st.tuples(st.none() | texts, st.none() | texts)


def change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    return FileChange(path=path, before=before, after=after, content=Content.GENERATE)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def plant(folder: Path, files: dict[str, bytes | None]) -> None:
    for name, data in files.items():
        if data is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)


def run(folder: Path, diff: str, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, input=diff.encode(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr.decode(), diff)


def after_tool(folder: Path, pairs: dict[str, Sides], *command: str) -> dict[str, bytes]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plant(folder, {name: before for name, (before, _) in pairs.items()})
    diff = unified([change(name, before, after) for name, (before, after) in pairs.items()])
    if diff:
        run(folder, diff, *command)
    return tree(folder)


def wanted(pairs: dict[str, Sides]) -> dict[str, bytes]:
    return {name: after for name, (_, after) in pairs.items() if after is not None}


ONE_FOLDER = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
GIT = ("git", "apply", "--whitespace=nowarn", "-")
NAMES = ("a.txt", "d/with space.txt", "d/é.txt", "[id].tsx")


@needs_git
@settings(ONE_FOLDER, max_examples=60)
@given(pairs=st.dictionaries(st.sampled_from(NAMES), sides, min_size=1))
def test_git_makes_the_new_files_of_the_old(tmp_path: Path, pairs: dict[str, Sides]) -> None:
    assert after_tool(tmp_path / "tree", pairs, *GIT) == wanted(pairs)


@needs_patch
@settings(ONE_FOLDER, max_examples=30)
@given(pair=st.tuples(texts.filter(bool), texts.filter(bool)))
def test_patch_takes_the_diff_of_a_text(tmp_path: Path, pair: tuple[bytes, bytes]) -> None:
    pairs: dict[str, Sides] = {"d/a.txt": pair}

    assert after_tool(tmp_path / "tree", pairs, "patch", "-p1", "--binary", "-s") == wanted(pairs)


@needs_git
def test_a_large_file_and_an_empty_one_and_a_script_pass_through_git(tmp_path: Path) -> None:
    many = [f"line {number}\n" for number in range(12_000)]
    changed = [line.replace("7", "seven") for line in many[::-1]]
    alike = b"same\nother\n" * 3_000
    pairs: dict[str, Sides] = {
        "alike.txt": (alike, b"new\n" + alike[::-1].strip() + b"\n"),
        "large.txt": ("".join(many).encode(), "".join(changed).encode()),
        "one.txt": ("".join(many).encode(), "".join([*many[:5000], "new\n", *many[5003:]]).encode()),
        "empty.txt": (None, b""),
        "emptied.txt": (b"x\n", b""),
        "run.sh": (None, b"#!/bin/sh\n"),
        "gone.txt": (b"x", None),
        "gone-empty.txt": (b"", None),
    }

    assert after_tool(tmp_path / "tree", pairs, *GIT) == wanted(pairs)
    assert (tmp_path / "tree" / "run.sh").stat().st_mode & 0o111


@needs_git
def test_an_absolute_path_stands_under_its_names_from_the_top(tmp_path: Path) -> None:
    diff = unified([change("/tmp/x.py", None, b"x\n")])

    run(tmp_path, diff, *GIT)

    assert tree(tmp_path) == {"tmp/x.py": b"x\n"}


def test_a_creation_reads_as_one() -> None:
    assert unified([change("a.py", None, b"x\ny")]) == (
        "diff --git a/a.py b/a.py\n"
        "new file mode 100644\n"
        "--- /dev/null\n"
        "+++ b/a.py\n"
        "@@ -0,0 +1,2 @@\n"
        "+x\n"
        "+y\n"
        "\\ No newline at end of file\n"
    )


def test_a_change_has_three_lines_of_context_and_far_ones_a_hunk_each() -> None:
    before = "".join(f"{number}\n" for number in range(30)).encode()
    after = before.replace(b"5\n", b"five\n", 1).replace(b"\n25\n", b"\n")

    diff = unified([change("a", before, after)])

    assert [line for line in diff.splitlines() if line.startswith("@@")] == [
        "@@ -3,7 +3,7 @@",
        "@@ -23,7 +23,6 @@",
    ]


def test_bytes_that_are_no_text_are_stated() -> None:
    diff = unified([change("a.png", b"\x89PNG\x00", b"\xff"), change("new.bin", None, b"\x00")])

    assert "Binary files a/a.png and b/a.png differ\n" in diff
    assert "Binary files /dev/null and b/new.bin differ\n" in diff


def test_what_stays_the_same_is_left_out() -> None:
    assert unified([change("a", b"x", b"x"), change("b", None, None)]) == ""


def test_a_name_cannot_forge_a_line_of_the_diff() -> None:
    diff = unified([change('x\n+++ b/"evil\\', None, b"x\n")])

    assert diff.splitlines()[0] == 'diff --git "a/x\\012+++ b/\\"evil\\\\" "b/x\\012+++ b/\\"evil\\\\"'
    assert len(diff.splitlines()) == 6
