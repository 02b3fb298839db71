"""Looking at the workspace by the policy's rules."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.writer.disk import WorkspaceDisk
from app.writer.errors import WriteFailed
from app.writer.files import DiskFiles, Found
from app.writer.policy import PathRefused, Policy, Quotas


@pytest.fixture
def disk(tmp_path: Path) -> WorkspaceDisk:
    (tmp_path / "ws/task/sub").mkdir(parents=True)
    (tmp_path / "ws/task/a.txt").write_bytes(b"bytes\r\n")
    (tmp_path / "ws/task/link.txt").symlink_to("a.txt")
    (tmp_path / "ws/task/linked").symlink_to("sub")
    os.mkfifo(tmp_path / "ws/task/pipe")
    return WorkspaceDisk(Policy(tmp_path / "ws", quotas=Quotas(file_bytes=10)).within("task"))


async def test_a_files_bytes_are_read_as_they_are(disk: WorkspaceDisk) -> None:
    assert await disk.read("a.txt") == b"bytes\r\n"


@pytest.mark.parametrize("path", ["none.txt", "no/such/folder/x.txt"])
async def test_where_no_file_is_none_is_read_and_none_is_refused(disk: WorkspaceDisk, path: str) -> None:
    assert await disk.read(path) is None
    assert disk.refusal(path) is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("link.txt", "path_symlink"),
        ("linked/x.txt", "path_symlink"),
        ("sub", "path_not_a_file"),
        ("pipe", "path_not_a_file"),
        ("a.txt/x", "path_not_a_folder"),
        ("../x", "path_traversal"),
        ("/etc/passwd", "path_absolute_outside"),
    ],
)
async def test_what_may_not_be_written_is_neither_read(disk: WorkspaceDisk, path: str, code: str) -> None:
    problem = disk.refusal(path)

    assert problem is not None
    assert (problem.code, problem.severity) == (code, "error")
    with pytest.raises(PathRefused) as caught:
        await disk.read(path)
    assert caught.value.code == code


class Failing(DiskFiles):
    """A disk that cannot be read."""

    def read(self, folder: int, name: str, limit: int) -> Found | None:
        raise OSError(errno.EIO, "failing")


async def test_a_failing_disk_is_a_problem_in_words(disk: WorkspaceDisk) -> None:
    failing = WorkspaceDisk(disk.policy, Failing())

    problem = failing.refusal("a.txt")

    assert problem is not None
    assert problem.code == "write_failed"
    assert problem.message == "`a.txt` cannot be read: The disk reported an input/output error."
    with pytest.raises(WriteFailed):
        await failing.read("a.txt")


async def test_a_file_larger_than_a_task_may_write_is_refused(disk: WorkspaceDisk, tmp_path: Path) -> None:
    (tmp_path / "ws/task/full.txt").write_bytes(b"x" * 10)
    (tmp_path / "ws/task/large.txt").write_bytes(b"x" * 11)

    assert await disk.read("full.txt") == b"x" * 10
    with pytest.raises(PathRefused, match="larger than the 10 bytes"):
        await disk.read("large.txt")
