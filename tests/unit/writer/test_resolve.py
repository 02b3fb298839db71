"""Opening folders beneath a root, by the kernel and by walking: no link followed, nothing left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.writer.errors import PathRefused
from app.writer.resolve import OpenBeneath, Place, beneath, by_kernel, by_walk, kernel_resolves, open_folder

FOLDER = os.O_RDONLY | os.O_DIRECTORY


@pytest.fixture(params=[by_kernel, by_walk], ids=["by the kernel", "by walking"])
def way(request: pytest.FixtureRequest) -> OpenBeneath:
    if request.param is by_kernel and not kernel_resolves():
        pytest.skip("this kernel has no openat2, or a filter forbids it")
    found: OpenBeneath = request.param
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root/a/b").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "root/file").write_bytes(b"x")
    for name, to in {
        "out": "../outside",
        "absolute": str(tmp_path / "outside"),
        "inside": "a",
        "up": "..",
        "loop": "loop",
        "dangling": "nowhere",
        "magic": "/proc/self/root",
    }.items():
        (tmp_path / "root" / name).symlink_to(to)
    return tmp_path / "root"


def test_a_folder_beneath_the_root_is_opened(root: Path, way: OpenBeneath) -> None:
    for parts in ((), ("a",), ("a", "b")):
        opened = open_folder(Place(str(root), parts), way)
        try:
            assert os.fstat(opened).st_ino == root.joinpath(*parts).stat().st_ino
        finally:
            os.close(opened)


@pytest.mark.parametrize("link", ["out", "absolute", "inside", "up", "loop", "dangling", "magic"])
@pytest.mark.parametrize("below", [(), ("b",)])
def test_no_link_is_followed_wherever_it_leads(
    root: Path, way: OpenBeneath, link: str, below: tuple[str, ...]
) -> None:
    with pytest.raises(PathRefused) as caught:
        open_folder(Place(str(root), (link, *below)), way)
    assert caught.value.code == "path_symlink"


def test_a_file_in_a_folders_place_is_refused(root: Path, way: OpenBeneath) -> None:
    for parts in (("file",), ("file", "x")):
        with pytest.raises(PathRefused) as caught:
            open_folder(Place(str(root), parts), way)
        assert caught.value.code == "path_not_a_folder"


def test_a_missing_folder_is_not_found(root: Path, way: OpenBeneath) -> None:
    with pytest.raises(FileNotFoundError):
        open_folder(Place(str(root), ("a", "none", "x")), way)


@pytest.mark.parametrize("parts", [("..",), ("a", "..", "..", "outside"), ("a", "/etc"), ("/etc",)])
def test_a_way_out_is_no_way_even_where_the_rules_about_names_are_passed_by(
    root: Path, way: OpenBeneath, parts: tuple[str, ...]
) -> None:
    with pytest.raises((PathRefused, OSError)) as caught:
        os.close(open_folder(Place(str(root), parts), way))
    assert isinstance(caught.value, PathRefused | FileNotFoundError)


def test_a_nul_never_reaches_the_kernel(root: Path, way: OpenBeneath) -> None:
    top = os.open(root, FOLDER)
    try:
        with pytest.raises((OSError, ValueError)):
            way(top, ("a\x00", "b"), FOLDER)
    finally:
        os.close(top)


def test_an_error_of_the_kernel_has_its_number(root: Path) -> None:
    if not kernel_resolves():
        pytest.skip("this kernel has no openat2, or a filter forbids it")
    with pytest.raises(OSError, match="descriptor") as caught:
        by_kernel(-1, ("a",), FOLDER)
    assert caught.value.errno == errno.EBADF


def test_the_machines_own_way_is_the_kernels_where_it_can() -> None:
    assert beneath() is (by_kernel if kernel_resolves() else by_walk)
