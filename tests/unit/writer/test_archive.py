"""Archives of a task's files: the same bytes each time, and three tools unpack them alike."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.writer.archive import zip_of
from app.writer.policy import PathRefused

FILES = [
    ("src/main.py", b"print('x')\n"),
    ("run.sh", b"#!/bin/sh\n"),
    ("data/\u00e9t\u00e9/\u6587.txt", b"text"),
    ("pages/[id].tsx", b"\x00\xff"),
    ("with space.txt", b""),
    ("/tmp/final_test.py", b"absolute\n"),
]
UNPACKED = {path if not path.startswith("/") else f"_root{path}": data for path, data in FILES}


def by_python(archive: Path, to: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(to)


def by_unzip(archive: Path, to: Path) -> None:
    subprocess.run(["unzip", "-q", "-d", str(to), str(archive)], check=True, env={"LC_ALL": "C.UTF-8"})


def by_bsdtar(archive: Path, to: Path) -> None:
    to.mkdir()
    subprocess.run(["bsdtar", "-x", "-C", str(to), "-f", str(archive)], check=True, env={"LC_ALL": "C.UTF-8"})


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("tool", "unpack"),
    [("python", by_python), ("unzip", by_unzip), ("bsdtar", by_bsdtar)],
    ids=["python", "unzip", "bsdtar"],
)
def test_a_tool_unpacks_every_file_where_it_belongs(
    tmp_path: Path, tool: str, unpack: Callable[[Path, Path], None]
) -> None:
    if tool != "python" and shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / "a.zip").write_bytes(zip_of(FILES))

    unpack(tmp_path / "a.zip", tmp_path / "out")

    assert tree(tmp_path / "out") == UNPACKED
    if tool != "python":
        assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o111
        assert not (tmp_path / "out" / "src" / "main.py").stat().st_mode & 0o111


def test_equal_files_give_equal_bytes_in_whatever_order() -> None:
    assert zip_of(FILES) == zip_of(reversed(FILES))


def test_the_entries_are_sorted_and_carry_no_time() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of(FILES))) as opened:
        infos = opened.infolist()

    assert [info.filename for info in infos] == sorted(UNPACKED)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}


def test_a_relative_path_never_meets_an_absolute_one() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of([("_root/tmp/x", b"r"), ("/tmp/x", b"a")]))) as opened:
        found = {name: opened.read(name) for name in opened.namelist()}

    assert found == {"_root/tmp/x": b"r", "__root/tmp/x": b"a"}


def test_nothing_is_an_archive_too() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of([]))) as opened:
        assert opened.namelist() == []


@pytest.mark.parametrize("path", ["../x", "a/../../x", "//x", "a\\..\\x", "C:/x", "a\x00b", ""])
def test_a_path_that_would_leave_the_folder_is_never_packed(path: str) -> None:
    with pytest.raises(PathRefused):
        zip_of([("fine.txt", b""), (path, b"x")])
