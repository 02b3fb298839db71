"""Applying change sets to real files: all or nothing, idempotent by content."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from app.domain import Disposition, sha256
from app.writer.apply import (
    Conflict,
    PathRefused,
    forget,
    recover,
)
from tests.unit.writer.ground import Ground, TakenOverError, change


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_replaced_file_keeps_its_owner(ground: Ground) -> None:
    file = ground.put("a.txt", b"old", 0o640)
    os.chown(file, 1234, 4321)

    ground.apply(change("a.txt", b"old", b"new"))

    status = file.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 4321, 0o640)


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
