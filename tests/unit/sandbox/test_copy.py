"""The private copy of a workspace with a change set applied."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.domain import Content, FileChange
from app.sandbox.copy import CopyRefused, make_copy
from app.sandbox.limits import Limits


def change(path: str, after: str | None, before: str | None = None) -> FileChange:
    return FileChange(
        path=path,
        before=before.encode() if before is not None else None,
        after=after.encode() if after is not None else None,
        content=Content.GENERATE,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "old.py").write_text("old\n")
    (folder / "gone.py").write_text("gone\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def copied(
    workspace: Path, *changes: FileChange, roots: tuple[Path, ...] = (), limits: Limits | None = None
) -> dict[Path, Path]:
    into = workspace.parent / "copy"
    into.mkdir()
    mounts = make_copy(workspace, roots, changes, into, limits=limits or Limits())
    assert all(mount.writable and mount.source.is_relative_to(into) for mount in mounts)
    return {mount.target: mount.source for mount in mounts}


def test_the_change_set_is_applied_to_the_copy_alone(workspace: Path):
    places = copied(
        workspace, change("src/old.py", "new\n"), change("a/b/c.py", "made\n"), change("gone.py", None)
    )
    home = places[workspace]
    assert (home / "src/old.py").read_text() == "new\n"
    assert (home / "a/b/c.py").read_text() == "made\n"
    assert not (home / "gone.py").exists()
    assert (workspace / "src/old.py").read_text() == "old\n"
    assert sorted(p.name for p in workspace.iterdir()) == ["gone.py", "run.sh", "src"]


def test_permissions_are_copied(workspace: Path):
    assert os.access(copied(workspace, change("run.sh", "#!/bin/sh\necho\n"))[workspace] / "run.sh", os.X_OK)


def test_a_workspace_that_is_not_there_yet_is_an_empty_copy(tmp_path: Path):
    missing = tmp_path / "none"
    places = copied(missing, change("a.py", "1\n"))
    assert [p.name for p in places[missing].iterdir()] == ["a.py"]


def test_an_absolute_target_stands_in_a_folder_of_its_own_root(workspace: Path, tmp_path: Path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "of another task").write_text("secret")
    places = copied(workspace, change(str(root / "deep/x.py"), "x\n"), roots=(root,))
    assert (places[root] / "deep/x.py").read_text() == "x\n"
    assert not (places[root] / "of another task").exists()


def test_an_absolute_target_inside_the_workspace_is_the_workspaces(workspace: Path):
    places = copied(workspace, change(str(workspace / "src/old.py"), "abs\n"), roots=(workspace.parent,))
    assert list(places) == [workspace]
    assert (places[workspace] / "src/old.py").read_text() == "abs\n"


def test_links_are_copied_as_links_and_never_written_through(workspace: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (workspace / "away").symlink_to(outside)
    with pytest.raises(CopyRefused, match="symbolic link away"):
        copied(workspace, change("away/x.py", "x\n"))
    assert list(outside.iterdir()) == []


def test_a_link_in_a_targets_place_is_replaced(workspace: Path, tmp_path: Path):
    outside = tmp_path / "outside.py"
    outside.write_text("kept\n")
    (workspace / "link.py").symlink_to(outside)
    home = copied(workspace, change("link.py", "x\n"))[workspace]
    assert (home / "link.py").read_text() == "x\n"
    assert not (home / "link.py").is_symlink()
    assert outside.read_text() == "kept\n"


@pytest.mark.parametrize("path", ["../x.py", "/etc/x", "a/../../x.py"])
def test_a_target_outside_is_refused(workspace: Path, path: str):
    with pytest.raises(CopyRefused, match="outside"):
        copied(workspace, change(path, "x\n"))


@pytest.mark.parametrize("root", ["/", "/usr", "/usr/share", "/dev"])
def test_a_root_that_holds_the_system_is_not_covered(workspace: Path, root: str):
    with pytest.raises(CopyRefused, match="holds the system"):
        copied(workspace, change(f"{root.rstrip('/')}/x.py", "x\n"), roots=(Path(root),))


def test_a_workspace_beyond_the_limits_is_not_copied(workspace: Path):
    with pytest.raises(CopyRefused, match="more than 2 files"):
        copied(workspace, limits=Limits(copied_files=2))


def test_a_workspace_too_heavy_is_not_copied(workspace: Path):
    with pytest.raises(CopyRefused, match="MiB"):
        copied(workspace, limits=Limits(copied_bytes=3))


def test_pipes_and_sockets_have_no_place_in_a_copy(workspace: Path):
    os.mkfifo(workspace / "pipe")
    assert not (copied(workspace)[workspace] / "pipe").exists()
