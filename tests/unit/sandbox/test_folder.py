"""Folders that somebody filled in bad faith."""

from __future__ import annotations

import os
from pathlib import Path

from app.sandbox.folder import entries, remove, size


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


def test_depth_beyond_any_path_is_measured_and_removed(tmp_path: Path):
    nested(tmp_path / "deep", 2100)
    assert size(tmp_path / "deep") > 0
    remove(tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []


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
    assert size(tmp_path) == 10 * 4096
