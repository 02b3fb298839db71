"""The real disk's calls: what they refuse, and that they do what they promise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import Content, FileChange
from app.writer.apply import apply
from app.writer.errors import PathRefused
from app.writer.files import DiskFiles, opened
from app.writer.policy import Policy
from app.writer.resolve import Place
from tests.crash.struck_calls import StruckCalls
from tests.crash.struck_files import StruckFiles


def created(path: str) -> FileChange:
    return FileChange(path=path, before=None, after=b"x", content=Content.INLINE)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    opened = DiskFiles().open_folder(Place(str(tmp_path)))
    yield opened
    os.close(opened)


def test_a_new_file_is_never_one_that_is_there_nor_one_behind_a_link(tmp_path: Path, folder: int) -> None:
    (tmp_path / "there").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "dangling").symlink_to("nowhere")

    for name in ("there", "link", "dangling"):
        with pytest.raises(FileExistsError):
            DiskFiles().create(folder, name, 0o644)
    assert (tmp_path / "there").read_bytes() == b"theirs"
    assert not (tmp_path / "nowhere").exists()


def test_no_more_is_read_than_was_asked_for(tmp_path: Path, folder: int) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)

    found = DiskFiles().read(folder, "a", 2_500_000)

    assert found is not None
    assert len(found.data) == 2_500_000


def test_a_link_is_not_read_through(tmp_path: Path, folder: int) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(PathRefused):
        DiskFiles().read(folder, "link", 10)


def test_a_root_is_made_with_all_above_it(tmp_path: Path) -> None:
    DiskFiles().make_root(tmp_path / "a" / "b" / "c")
    DiskFiles().make_root(tmp_path / "a" / "b" / "c")

    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_dressed_file_gets_mode_but_no_power_to_act_as_its_owner(tmp_path: Path, folder: int) -> None:
    files = DiskFiles()
    (tmp_path / "old").write_bytes(b"")
    (tmp_path / "old").chmod(0o4751)
    like = files.read(folder, "old", 1)
    assert like is not None

    new = files.create(folder, "new", 0o600)
    files.dress(new, like)
    files.close(new)

    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o751


def test_every_sync_of_an_apply_reaches_the_system(tmp_path: Path) -> None:
    """One more than the protocol has: the folder above the journal, when that is made."""
    policy, changes = Policy(tmp_path).within("task"), [created("a/b.txt"), created("c.txt")]
    counted, struck = StruckFiles(), StruckCalls()
    apply(changes, policy=policy, journal=tmp_path / "one", name="n", fence=lambda: None, files=counted)
    for change in changes:
        (tmp_path / "task" / change.path).unlink()
    (tmp_path / "task/a").rmdir()
    (tmp_path / "task").rmdir()

    with struck.striking():
        apply(changes, policy=policy, journal=tmp_path / "two", name="n", fence=lambda: None)

    assert struck.log.count("fsync") == counted.log.count("sync") + 1


def test_a_system_that_takes_a_few_bytes_at_a_time_gets_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
    files = DiskFiles()

    with opened(files, Place(str(tmp_path))) as folder:
        file = files.create(folder, "a", 0o644)
        files.write(file, b"more than three bytes")
        files.close(file)

    assert (tmp_path / "a").read_bytes() == b"more than three bytes"
