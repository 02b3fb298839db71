"""What bubblewrap is told."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from app.sandbox.bwrap import INSTALL, Bubblewrap, Mount, available, fresh_user, inner_mounts


def words(walls: Bubblewrap, *mounts: Mount) -> tuple[str, ...]:
    return walls.command(("true",), mounts=mounts, cwd="/w", env={"A": "b"}, tmp_bytes=4096, filter_fd=9)


AS_ROOT = Bubblewrap(program="bwrap", as_root=True)
AS_USER = Bubblewrap(program="bwrap", as_root=False)


@pytest.mark.parametrize("walls", [AS_ROOT, AS_USER])
def test_every_cage_is_without_network_processes_environment_and_powers_of_ours(walls: Bubblewrap):
    line = words(walls)
    assert "--unshare-all" in line or {"--unshare-net", "--unshare-pid", "--unshare-ipc"} <= set(line)
    assert {"--as-pid-1", "--clearenv", "--die-with-parent", "--new-session", "--cap-drop"} <= set(line)
    assert "--share-net" not in line


def test_root_builds_the_walls_with_two_powers_that_the_launcher_gives_up():
    line = words(AS_ROOT)
    assert [line[i + 1] for i, word in enumerate(line) if word == "--cap-add"] == ["CAP_SETUID", "CAP_SETGID"]
    assert "--unshare-user" not in line


def test_an_ordinary_user_gets_a_user_namespace():
    assert {"--unshare-user", "--uid"} <= set(words(AS_USER))


@pytest.mark.parametrize("walls", [AS_ROOT, AS_USER])
def test_every_cage_gets_the_filter_of_system_calls(walls: Bubblewrap):
    assert ("--seccomp", "9") in pairwise(words(walls))


def test_what_holds_others_is_mounted_before_them_and_the_rest_is_read_only():
    inner = Mount(Path("/x/inner"), Path("/w/a/b"), writable=True)
    outer = Mount(Path("/x/outer"), Path("/w"))
    line = words(AS_USER, inner, outer)
    assert line.index("/x/outer") < line.index("/x/inner")
    assert line[line.index("/x/outer") - 1] == "--ro-bind"
    assert line[line.index("/x/inner") - 1] == "--bind"
    assert [line[i + 1] for i, word in enumerate(line) if word == "--remount-ro"] == ["/proc", "/dev", "/"]


def test_a_mount_at_tmp_takes_the_place_of_private_memory():
    assert ("--tmpfs", "/tmp") in pairwise(words(AS_USER))
    covered = words(AS_USER, Mount(Path("/x"), Path("/tmp"), writable=True))
    assert ("--tmpfs", "/tmp") not in pairwise(covered)


def test_the_interpreter_stands_where_it_stands_outside():
    places = {mount.target for mount in inner_mounts()}
    assert all(mount.source == mount.target and not mount.writable for mount in inner_mounts())
    assert Path(sys.prefix) in places or Path(sys.prefix).is_relative_to("/usr")


def test_users_of_cages_are_nobody_else_s_and_no_two_at_once_share_one():
    with ExitStack() as held:
        users = [held.enter_context(fresh_user()) for _ in range(300)]
    assert len(set(users)) == 300
    assert all(61184 <= user < 65520 for user in users)


def test_a_user_is_free_again_afterwards(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.sandbox.bwrap.USERS", range(7, 8))
    for _ in range(2):
        with fresh_user() as user:
            assert user == 7


def test_without_bubblewrap_the_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert available() == (False, INSTALL)


def test_a_bubblewrap_that_may_not_work_is_named_with_its_complaint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    false = tmp_path / "bwrap"
    false.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    false.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    works, sentence = available()
    assert not works
    assert "namespaces" in sentence
    assert "No permissions to create new namespace" in sentence


def test_an_old_bubblewrap_is_told_from_a_forbidden_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho 'bwrap: Unknown option --size' >&2\nexit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert available()[1].startswith(INSTALL)
