"""Applying change sets to real files: all or nothing, idempotent by content, reversible."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain import Content, Disposition, FileChange, Receipt, sha256
from app.writer.apply import (
    Conflict,
    PathRefused,
    WriteFailed,
    apply,
    compare,
    forget,
    recover,
    revert,
)
from app.writer.files import DiskFiles, Files
from app.writer.policy import Policy


class TakenOverError(Exception):
    """What a fence says when another worker has the task now."""


def change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    return FileChange(path=path, before=before, after=after, content=Content.INLINE)


def nothing() -> None:
    """A fence that lets everything pass."""


@dataclass
class Ground:
    """A workspace, a journal and the ways to use them."""

    base: Path
    journal: Path

    @property
    def tree(self) -> Path:
        return self.base / "task"

    @property
    def policy(self) -> Policy:
        return Policy(self.base).within("task")

    def apply(
        self,
        *changes: FileChange,
        name: str = "one",
        fence: Callable[[], None] = nothing,
        files: Files | None = None,
    ) -> tuple[Receipt, ...]:
        return apply(changes, policy=self.policy, journal=self.journal, name=name, fence=fence, files=files)

    def revert(self, *changes: FileChange, of: str = "one") -> tuple[Receipt, ...]:
        return revert(changes, of=of, policy=self.policy, journal=self.journal, name="back", fence=nothing)

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.tree)): p.read_bytes() for p in self.tree.rglob("*") if p.is_file()}

    def put(self, path: str, data: bytes, mode: int = 0o644) -> Path:
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode)
        return file


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "workspace", tmp_path / "journal")


def test_files_are_created_with_their_folders_and_read_back(ground: Ground) -> None:
    receipts = ground.apply(change("a/b/c.py", None, b"x = 1\n"), change("d.txt", None, b""))

    assert ground.files() == {"a/b/c.py": b"x = 1\n", "d.txt": b""}
    assert [(r.path, r.action, r.disposition) for r in receipts] == [
        ("a/b/c.py", "created", Disposition.WRITTEN),
        ("d.txt", "created", Disposition.WRITTEN),
    ]
    assert [(r.sha256, r.size) for r in receipts] == [(sha256(b"x = 1\n"), 6), (sha256(b""), 0)]


def test_a_file_that_holds_the_bytes_already_is_unchanged_and_not_touched(ground: Ground) -> None:
    file = ground.put("a.txt", b"same")
    inode = file.stat().st_ino

    receipts = ground.apply(change("a.txt", None, b"same"))

    assert [(r.action, r.disposition) for r in receipts] == [("unchanged", Disposition.UNCHANGED)]
    assert file.stat().st_ino == inode


def test_a_tree_that_moved_meanwhile_is_a_conflict_that_names_every_file(ground: Ground) -> None:
    ground.put("a.txt", b"theirs")
    ground.put("b.txt", b"theirs")

    with pytest.raises(Conflict) as caught:
        ground.apply(
            change("a.txt", b"old", b"new"), change("b.txt", None, b"new"), change("c.txt", None, b"new")
        )

    assert caught.value.paths == ("a.txt", "b.txt")
    assert ground.files() == {"a.txt": b"theirs", "b.txt": b"theirs"}


def test_a_file_to_which_something_was_added_meanwhile_is_a_conflict(ground: Ground) -> None:
    ground.put("a.txt", b"old, and more")

    with pytest.raises(Conflict):
        ground.apply(change("a.txt", b"old", b"new"))
    with pytest.raises(Conflict):
        ground.apply(change("a.txt", None, b"old"))


def test_a_file_that_vanished_meanwhile_is_a_conflict(ground: Ground) -> None:
    with pytest.raises(Conflict, match=r"a\.txt"):
        ground.apply(change("a.txt", b"old", b"new"))


def test_a_replaced_file_keeps_its_mode_and_a_new_script_can_be_run(ground: Ground) -> None:
    ground.put("old.sh", b"#!/bin/sh\n", 0o640)
    before = os.umask(0o022)
    try:
        ground.apply(
            change("old.sh", b"#!/bin/sh\n", b"#!/bin/sh\nexit 0\n"),
            change("new.sh", None, b"#!/bin/sh\n"),
            change("new.txt", None, b"text"),
        )
    finally:
        os.umask(before)

    modes = {name: (ground.tree / name).stat().st_mode & 0o7777 for name in ("old.sh", "new.sh", "new.txt")}
    assert modes == {"old.sh": 0o640, "new.sh": 0o755, "new.txt": 0o644}


def test_the_same_apply_asked_again_gives_the_same_receipts(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    changes = (change("a.txt", b"old", b"new"), change("b.txt", None, b"b"))

    assert ground.apply(*changes) == ground.apply(*changes)


def test_a_finished_apply_whose_files_changed_since_is_a_conflict_that_tells_what_still_stands(
    ground: Ground,
) -> None:
    changes = (change("a.txt", None, b"a"), change("b.txt", None, b"b"))
    receipts = ground.apply(*changes)
    ground.put("b.txt", b"theirs")

    with pytest.raises(Conflict, match="wrote") as caught:
        ground.apply(*changes)
    assert (caught.value.paths, caught.value.written) == (("b.txt",), receipts[:1])
    assert ground.files() == {"a.txt": b"a", "b.txt": b"theirs"}


def test_a_forgotten_apply_asked_again_finds_everything_unchanged(ground: Ground) -> None:
    ground.apply(change("b.txt", None, b"b"))
    forget(ground.journal, "one")

    assert [r.disposition for r in ground.apply(change("b.txt", None, b"b"))] == [Disposition.UNCHANGED]


def test_a_name_used_for_other_changes_applies_these(ground: Ground) -> None:
    ground.apply(change("a.txt", None, b"1"))

    ground.apply(change("a.txt", b"1", b"2"))

    assert ground.files() == {"a.txt": b"2"}


def test_a_fence_that_says_no_leaves_the_old_tree(ground: Ground) -> None:
    ground.put("a.txt", b"old")

    def closed() -> None:
        raise TakenOverError

    with pytest.raises(TakenOverError):
        ground.apply(change("a.txt", b"old", b"new"), change("x/y.txt", None, b"y"), fence=closed)

    assert ground.files() == {"a.txt": b"old"}
    assert not (ground.tree / "x").exists()


def test_nothing_is_left_beside_the_files(ground: Ground) -> None:
    ground.put("a.txt", b"old")

    ground.apply(change("a.txt", b"old", b"new"), change("x/y.txt", None, b"y"))

    assert sorted(p.name for p in ground.tree.rglob("*")) == ["a.txt", "x", "y.txt"]
    assert recover(ground.journal) == ()


def test_a_revert_puts_every_file_back_and_removes_the_folders_the_task_made(ground: Ground) -> None:
    ground.put("kept/a.txt", b"old", 0o600)
    changes = (change("kept/a.txt", b"old", b"new"), change("made/deep/b.txt", None, b"b"))
    ground.apply(*changes)
    ground.revert(*changes)

    assert ground.files() == {"kept/a.txt": b"old"}
    assert not (ground.tree / "made").exists()
    assert (ground.tree / "kept/a.txt").stat().st_mode & 0o777 == 0o600


def test_a_revert_keeps_a_folder_in_which_something_else_lies_now(ground: Ground) -> None:
    changes = (change("made/b.txt", None, b"b"),)
    ground.apply(*changes)
    ground.put("made/theirs.txt", b"theirs")

    ground.revert(*changes)

    assert ground.files() == {"made/theirs.txt": b"theirs"}


def test_a_revert_after_someone_removed_the_files_still_removes_the_folders(ground: Ground) -> None:
    changes = (change("made/b.txt", None, b"b"),)
    ground.apply(*changes)
    (ground.tree / "made/b.txt").unlink()

    ground.revert(*changes)

    assert not (ground.tree / "made").exists()


def test_a_revert_has_nothing_to_do_below_a_folder_that_is_a_file_now(ground: Ground) -> None:
    changes = (change("c/d.txt", None, b"mine"), change("e.txt", None, b"mine"))
    ground.apply(*changes)
    (ground.tree / "c/d.txt").unlink()
    (ground.tree / "c").rmdir()
    ground.put("c", b"theirs")

    ground.revert(*changes)

    assert ground.files() == {"c": b"theirs"}


def test_a_revert_asked_again_is_done_once_whatever_became_of_the_files(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    changes = (change("a.txt", b"old", b"new"),)
    ground.apply(*changes)
    first = ground.revert(*changes)
    ground.put("a.txt", b"theirs")

    assert ground.revert(*changes) == first
    assert ground.files() == {"a.txt": b"theirs"}


def test_a_revert_names_every_file_in_whose_place_something_else_stands(ground: Ground) -> None:
    changes = tuple(change(path, None, b"mine") for path in ("a.txt", "b.txt", "c/d.txt", "e.txt"))
    ground.apply(*changes)
    for path in ("a.txt", "b.txt", "c/d.txt"):
        (ground.tree / path).unlink()
    (ground.tree / "a.txt").symlink_to("e.txt")
    (ground.tree / "b.txt").mkdir()
    (ground.tree / "c").rmdir()
    (ground.tree / "c").symlink_to("b.txt")

    with pytest.raises(Conflict) as caught:
        ground.revert(*changes)

    assert sorted(caught.value.paths) == ["a.txt", "b.txt", "c/d.txt"]
    assert (ground.tree / "e.txt").read_bytes() == b"mine"


def test_a_comparison_names_what_has_changed_and_touches_nothing(ground: Ground) -> None:
    for path in ("a.txt", "b.txt", "c.txt"):
        ground.put(path, b"old")
    changes = tuple(change(path, b"old", b"new") for path in ("a.txt", "b.txt", "c.txt"))
    compare(changes, policy=ground.policy, journal=ground.journal)
    ground.put("a.txt", b"theirs")
    (ground.tree / "b.txt").unlink()
    (ground.tree / "b.txt").symlink_to("c.txt")

    with pytest.raises(Conflict) as caught:
        compare(changes, policy=ground.policy, journal=ground.journal)

    assert caught.value.paths == ("a.txt", "b.txt")
    assert ground.files()["c.txt"] == b"old"
    assert list(ground.journal.iterdir()) == [ground.journal / "lock"]


def test_a_revert_of_files_that_changed_since_names_them_and_changes_nothing(ground: Ground) -> None:
    changes = (change("a.txt", None, b"a"), change("b.txt", None, b"b"))
    ground.apply(*changes)
    ground.put("b.txt", b"theirs")

    with pytest.raises(Conflict) as caught:
        ground.revert(*changes)

    assert caught.value.paths == ("b.txt",)
    assert ground.files() == {"a.txt": b"a", "b.txt": b"theirs"}


def test_links_folders_and_devices_in_the_place_of_a_file_are_refused(ground: Ground, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"secret")
    ground.put("a.txt", b"a")
    (ground.tree / "link.txt").symlink_to(outside)
    (ground.tree / "folder").mkdir()
    os.mkfifo(ground.tree / "pipe")

    for path, code in (
        ("link.txt", "path_symlink"),
        ("folder", "path_not_a_file"),
        ("pipe", "path_not_a_file"),
        ("a.txt/b", "path_not_a_folder"),
    ):
        with pytest.raises(PathRefused) as caught:
            ground.apply(change("new.txt", None, b"n"), change(path, None, b"x"))
        assert (caught.value.code, caught.value.path) == (code, path)
    assert outside.read_bytes() == b"secret"
    assert not (ground.tree / "new.txt").exists()


def test_a_folder_that_is_a_link_is_refused(ground: Ground, tmp_path: Path) -> None:
    ground.put("a.txt", b"a")
    (tmp_path / "elsewhere").mkdir()
    (ground.tree / "sub").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PathRefused) as caught:
        ground.apply(change("sub/x.txt", None, b"x"))

    assert caught.value.code == "path_symlink"
    assert list((tmp_path / "elsewhere").iterdir()) == []


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_replaced_file_keeps_its_owner(ground: Ground) -> None:
    file = ground.put("a.txt", b"old", 0o640)
    os.chown(file, 1234, 4321)

    ground.apply(change("a.txt", b"old", b"new"))

    status = file.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 4321, 0o640)


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


def test_of_two_tasks_on_one_file_one_applies_and_the_other_is_a_conflict(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    outcomes: list[str] = []

    def run(number: int) -> None:
        try:
            ground.apply(change("a.txt", b"old", f"by {number}".encode()), name=f"task-{number}")
            outcomes.append(f"by {number}")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = [outcome for outcome in outcomes if outcome != "conflict"]
    assert ground.files() == {"a.txt": winner.encode()}
    assert outcomes.count("conflict") == 7


def test_a_second_apply_waits_until_the_first_is_through(ground: Ground) -> None:
    ground.put("a.txt", b"old")
    staged, go_on = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def hold() -> None:
        staged.set()
        go_on.wait(30)

    def second() -> None:
        with pytest.raises(Conflict):
            ground.apply(change("a.txt", b"old", b"second"), name="second")
        outcomes.append("conflict")

    mine = (change("a.txt", b"old", b"first"),)
    first = threading.Thread(target=ground.apply, args=mine, kwargs={"fence": hold})
    waiting = threading.Thread(target=second)
    first.start()
    assert staged.wait(30)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    go_on.set()
    first.join()
    waiting.join()

    assert outcomes == ["conflict"]
    assert ground.files() == {"a.txt": b"first"}


def test_a_name_that_is_no_plain_word_is_a_mistake_of_the_caller(ground: Ground) -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        ground.apply(change("a.txt", None, b"a"), name="../evil")
    assert ground.files() == {}
