"""Taking an apply back: every file as it was, or the names of those that changed since."""

from __future__ import annotations

import pytest

from app.writer.apply import (
    Conflict,
    compare,
)
from tests.unit.writer.ground import Ground, change


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
