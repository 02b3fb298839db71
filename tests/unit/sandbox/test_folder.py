"""Folders that somebody filled in bad faith."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from app.sandbox.folder import entries, remove, weighs_more


def nested(folder: Path, depth: int) -> None:
    """Makes `depth` folders, each in the last, far beyond what one path can name."""
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_depth_beyond_any_path_weighs_more_than_anything_and_is_removed(tmp_path: Path):
    nested(tmp_path / "deep", 2100)
    assert weighs_more(tmp_path / "deep", 1 << 60)
    remove(tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []


def test_depth_beyond_any_path_is_no_folder_to_copy_in_part(tmp_path: Path):
    nested(tmp_path / "deep", 2100)
    with pytest.raises(OSError, match="too long"):
        list(entries(tmp_path / "deep"))
    remove(tmp_path / "deep")


def test_removal_does_not_care_what_things_are_called(tmp_path: Path):
    folder = tmp_path / "folder"
    (folder / "a\nb" / "-rf" / "*").mkdir(parents=True)
    (folder / "a\nb" / "$(false)").touch()
    os.mkfifo(folder / "pipe")
    (folder / "-rf").symlink_to("nowhere")
    os.close(os.open(os.fsencode(folder) + b"/\xff", os.O_CREAT))
    remove(folder)
    assert not folder.exists()


def test_folders_nobody_may_enter_are_removed(tmp_path: Path):
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    (closed / "inner" / "file").write_text("x")
    (closed / "inner").chmod(0)
    closed.chmod(0)
    remove(closed)
    assert not closed.exists()


def test_links_are_neither_followed_nor_their_targets_touched(tmp_path: Path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    assert [entry.name for entry in entries(folder)] == ["link"]
    remove(folder)
    assert (kept / "file").read_text() == "x"


def test_empty_files_weigh_a_block_each(tmp_path: Path):
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert weighs_more(tmp_path, 10 * 4096 - 1)
    assert not weighs_more(tmp_path, 10 * 4096)


def test_nobody_looks_on_once_it_weighs_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(10):
        (tmp_path / str(number)).mkdir()
    looked: list[str] = []

    def scandir(path: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        looked.append(path)
        return real(path)

    real = os.scandir
    monkeypatch.setattr("os.scandir", scandir)
    assert weighs_more(tmp_path, 5 * 4096)
    assert looked == [str(tmp_path)]
