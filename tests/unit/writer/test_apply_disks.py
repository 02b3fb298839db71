"""Applying on disks that fail, lack something, or are written by others meanwhile."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from app.writer.apply import (
    Conflict,
    WriteFailed,
    recover,
)
from app.writer.files import DiskFiles
from tests.unit.writer.ground import Ground, TakenOverError, change


class Broken(DiskFiles):
    """A disk on which nothing can be renamed any more."""

    def rename(self, folder: int, name: str, to: str) -> None:
        if not name.endswith(".draft"):
            raise OSError(errno.EIO, "broken")
        super().rename(folder, name, to)


def test_an_error_of_the_disk_is_told_with_the_name_of_the_file(ground: Ground) -> None:
    ground.put("a.txt", b"old")

    with pytest.raises(WriteFailed, match=r"^a\.txt cannot be written: The disk reported") as told:
        ground.apply(change("a.txt", b"old", b"new"), change("x/b.txt", None, b"b"), files=Broken())

    assert not told.value.pending
    assert [path.name for path in ground.tree.rglob("*")] == ["a.txt"]


class Swapped(DiskFiles):
    """A disk on which someone puts a link in a folder's place when the swapping begins."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def link(self, folder: int, name: str, second: str) -> None:
        super().link(folder, name, second)
        self.folder.rename(self.folder.with_name("moved"))
        self.folder.symlink_to("moved")


def test_what_cannot_be_put_back_yet_holds_up_its_own_files_only(ground: Ground) -> None:
    ground.put("free.txt", b"old")
    ground.put("aside/b.txt", b"old")
    mine = change("aside/b.txt", b"old", b"new")

    with pytest.raises(WriteFailed) as told:
        ground.apply(mine, name="stuck", files=Swapped(ground.tree / "aside"))
    assert told.value.pending
    assert recover(ground.journal) == ("stuck",)
    with pytest.raises(WriteFailed, match="cut short"):
        ground.apply(mine, name="another")
    ground.apply(change("free.txt", b"old", b"new"), name="free")

    (ground.tree / "aside").unlink()
    (ground.tree / "moved").rename(ground.tree / "aside")
    assert recover(ground.journal) == ()
    assert ground.files() == {"free.txt": b"new", "aside/b.txt": b"old"}
    assert [receipt.action for receipt in ground.apply(mine, name="another")] == ["modified"]


class WatchedFiles(DiskFiles):
    """Keeps the permission bits that files have while they are written."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: set[int] = set()

    def write(self, file: int, data: bytes) -> None:
        self.modes.add(os.fstat(file).st_mode & 0o777)
        super().write(file, data)


def test_nobody_else_can_read_what_replaces_a_private_file_while_it_is_written(ground: Ground) -> None:
    file, disk = ground.put("key.txt", b"old", 0o600), WatchedFiles()

    ground.apply(change("key.txt", b"old", b"new"), files=disk)

    assert disk.modes == {0o600}
    assert file.stat().st_mode & 0o777 == 0o600


class LinklessFiles(DiskFiles):
    """A disk that gives a file one name only."""

    def link(self, folder: int, name: str, second: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links here")


def test_a_disk_without_second_names_is_served_by_copies(ground: Ground) -> None:
    ground.put("a.txt", b"old", 0o640)

    def closed() -> None:
        raise TakenOverError

    with pytest.raises(TakenOverError):
        ground.apply(change("a.txt", b"old", b"new"), fence=closed, files=LinklessFiles())
    assert ground.files() == {"a.txt": b"old"}

    ground.apply(change("a.txt", b"old", b"new"), files=LinklessFiles())
    assert ground.files() == {"a.txt": b"new"}
    assert (ground.tree / "a.txt").stat().st_mode & 0o777 == 0o640


def test_a_kernel_that_refuses_to_write_leaves_the_old_tree(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(WriteFailed, match=r"^big\.bin cannot be written: File too large"):
            ground.apply(change("a.txt", b"old", b"new"), change("big.bin", None, b"x" * 20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert ground.files() == {"a.txt": b"old"}
    assert sorted(path.name for path in ground.journal.iterdir()) == ["lock"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_leaves_the_old_tree(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    ground.put("shut/b.txt", b"old")
    (ground.tree / "shut").chmod(0o555)

    with pytest.raises(WriteFailed, match="no permission"):
        ground.apply(change("a.txt", b"old", b"new"), change("shut/b.txt", b"old", b"new"))

    (ground.tree / "shut").chmod(0o755)
    assert ground.files() == {"a.txt": b"old", "shut/b.txt": b"old"}


class Meddler(DiskFiles):
    """A disk on which someone writes a file as soon as all is staged."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        if list(self.file.parent.glob(".jr-*.new")):
            self.file.write_bytes(b"theirs")


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_file_that_someone_writes_during_an_apply_keeps_their_bytes(
    ground: Ground, before: bytes | None
) -> None:
    ground.put("b.txt", b"b")
    if before:
        ground.put("a.txt", before)
    changes = [change("b.txt", b"b", b"B"), change("a.txt", before, b"new")]

    with pytest.raises(Conflict) as caught:
        ground.apply(*changes, files=Meddler(ground.tree / "a.txt"))

    assert caught.value.paths == ("a.txt",)
    assert ground.files() == {"a.txt": b"theirs", "b.txt": b"b"}


class Uncommitting(DiskFiles):
    """A disk that cannot make an apply `done`; `committed` tells whether it was asked to."""

    committed = False

    def rename(self, folder: int, name: str, to: str) -> None:
        if to.endswith(".done"):
            self.committed = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().rename(folder, name, to)


class Forgetful(Uncommitting):
    """A disk on which new bytes are not what was written, once they are in their place."""

    def rename(self, folder: int, name: str, to: str) -> None:
        super().rename(folder, name, to)
        if name.endswith(".new"):
            os.truncate(f"/proc/self/fd/{folder}/{to}", 1)


def test_what_a_program_adds_to_the_old_file_at_the_last_moment_comes_back_with_it(ground: Ground) -> None:
    file = ground.put("a.txt", b"old")

    def add() -> None:
        with file.open("ab") as appending:
            appending.write(b" and theirs")

    with pytest.raises(WriteFailed):
        ground.apply(change("a.txt", b"old", b"new"), fence=add, files=Uncommitting())
    assert ground.files() == {"a.txt": b"old and theirs"}


class LinklessUncommitting(LinklessFiles, Uncommitting):
    """One name a file, and no way to end an apply."""


def test_a_copy_that_takes_the_old_files_place_again_has_its_mode(ground: Ground) -> None:
    file = ground.put("a.txt", b"old", 0o640)

    with pytest.raises(WriteFailed):
        ground.apply(change("a.txt", b"old", b"new"), files=LinklessUncommitting())
    assert file.read_bytes() == b"old"
    assert file.stat().st_mode & 0o777 == 0o640


def test_bytes_that_are_not_read_back_as_they_were_written_are_never_called_done(ground: Ground) -> None:
    disk = Forgetful()

    with pytest.raises(Conflict):
        ground.apply(change("a.txt", None, b"new"), files=disk)
    assert not disk.committed
