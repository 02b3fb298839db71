"""Thousands of hostile paths against a tree full of traps: none gets out, none reads what lies outside."""

from __future__ import annotations

import ctypes
import itertools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain import Content, FileChange
from app.writer.apply import Conflict, PathRefused, WriteFailed, apply, recover, revert
from app.writer.disk import WorkspaceDisk
from app.writer.files import DiskFiles
from app.writer.policy import Policy
from app.writer.resolve import by_kernel, by_walk, kernel_resolves

pytestmark = pytest.mark.timeout(600)
SECRET = b"the canary sings\n"
CLIMBS = ("..", "../..", "../../..", "../../../../../../../..", "a/../..", "./..", "a/b/../../..", ".../..")
ODD_CLIMBS = (
    *("..\\", "..\\..", "%2e%2e", "%2E%2E", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "%u002e%u002e", "..%00"),
    *("..;", "\uff0e\uff0e", "\u2024\u2024", "\u2025", "\u2026", ".\u200b.", ".\u2060.", "\u202e..", ". ."),
    *(".\ufeff.", ".. ", " ..", "..\t", "..\n", "..\x00", "..\x7f", "..\u00a0", ".\u0307.", "..\ufe0f"),
    *("....", "..../", "..//", "//..", "...", "\u2e2e", "\u3002\u3002", "\ufe52\ufe52", "\u00b7\u00b7"),
    *("..\u00ad", "..\u3164", "~", "~root", "~+", "$HOME", "${PWD}", "%HOME%", "$(pwd)", "`pwd`", "C:"),
    *("C:..", "\\\\?\\C:", "file:", "file://", "..:", "nul", "con", "aux.x"),
)
SLASHES = (
    *("/", "//", "\\", "/./", "%2f", "%5c", "\u2215", "\uff0f", "\u2044", "\u29f8", "\uff3c", "\x00/"),
    *("/ /", "\u200b/"),
)
LINKS = ("out", "up", "absolute", "chain", "inside", "deep/out", "loop", "dangling", "magic", "out/../out")
TARGETS = ("canary.txt", "canary/secret.txt", "canary/new.txt", "ws/other/secret.txt", "other/x")
GITS = (
    *(".git", ".GIT", ".Git", ".git ", ".git.", ".git. .", "GIT~1", "git~1", ".g\u200cit", ".gi\u200dt"),
    *("\u200b.git", ".git\u200e", "\uff0egit", ".\uff47it", ".g\u0131t\u0307", ".git::$INDEX_ALLOCATION"),
    *(".git:x", ".git\ufe0f", ".git\\"),
)
GIT_FILES = ("config", "hooks/pre-commit", "HEAD", "info/attributes", "objects/x", "modules/a/config")
SYSTEM = ("/etc/passwd", "/proc/self/cwd", "/proc/self/root", "/dev/fd/3", "/dev/shm/x", "/root/.bashrc")
CANARIES = ("canary.txt", "secret.txt", "canary/secret.txt", "ws/other/secret.txt", "ws/secret.txt")


@dataclass
class Trap:
    """A workspace with links that lead out of it, and beside it what must never change."""

    base: Path

    @property
    def tree(self) -> Path:
        return self.base / "ws" / "task"

    @property
    def policy(self) -> Policy:
        return Policy(self.base / "ws", (self.base / "root",)).within("task")

    def set(self) -> None:
        for canary in CANARIES:
            (self.base / canary).parent.mkdir(parents=True, exist_ok=True)
            (self.base / canary).write_bytes(SECRET)
        (self.tree / "deep").mkdir(parents=True)
        (self.tree / "there").mkdir()
        (self.base / "root").mkdir()
        for folder in (self.tree, self.base / "root"):
            for name, to in self.links().items():
                if (folder / name).parent.is_dir():
                    (folder / name).symlink_to(to)
        (self.tree / "hard.txt").hardlink_to(self.base / "canary.txt")

    def links(self) -> dict[str, str]:
        return {
            "out": str(self.base / "canary"),
            "up": "..",
            "absolute": "/",
            "chain": "out",
            "inside": "there",
            "deep/out": "../../../canary",
            "loop": "loop",
            "dangling": str(self.base / "canary" / "new"),
            "magic": "/proc/self/root",
            "file.txt": str(self.base / "canary.txt"),
            "new.txt": str(self.base / "canary" / "new.txt"),
        }

    def outside(self) -> dict[str, bytes | str | None]:
        """Everything beneath the base but the task's own files, links by where they lead."""
        inside = (self.tree, self.base / "journal", self.base / "root")
        paths = [p for p in self.base.rglob("*") if not any(p.is_relative_to(folder) for folder in inside)]
        return {str(path): _kind(path) for path in paths}


def _kind(path: Path) -> bytes | str | None:
    if path.is_symlink():
        return str(path.readlink())
    return None if path.is_dir() else path.read_bytes()


def joined() -> Iterator[str]:
    """Climbs, links and odd spellings before targets, with every kind of slash."""
    for climb, slash, target in itertools.product((*CLIMBS, *ODD_CLIMBS), SLASHES, TARGETS):
        yield f"{climb}{slash}{target}"
    for link, slash, target in itertools.product(LINKS, SLASHES, TARGETS):
        yield f"{link}{slash}{target}"
        yield f"there/../{link}{slash}{target}"


def hostile(base: Path) -> list[str]:
    """Every path once, most of them hostile, some only odd."""
    inside = [*joined(), *(f"{git}/{file}" for git in GITS for file in GIT_FILES), *GITS]
    inside += [f"sub/{path}" for path in inside if "git" in path.casefold()]
    control = (*range(33), *range(0x7F, 0xA1), *range(0x2000, 0x2070))
    inside += [f"a{chr(code)}b/../../canary.txt" for code in control]
    inside += [f"{'a/' * depth}{'../' * (depth + 1)}canary.txt" for depth in range(60)]
    inside += [*("a" * size for size in (255, 256, 4095, 4096, 100_000)), "file.txt", "new.txt", "", "\ud800"]
    absolute = [*SYSTEM, *(f"{base}/{path}" for path in (*CANARIES[:3], "ws/other/../../canary.txt"))]
    absolute += [f"{base}/root/{link}/{target}" for link in LINKS for target in TARGETS]
    absolute += [f"{base}/root{climb}/canary.txt" for climb in ("/..", "x", "/../root/..", "/\u200b..")]
    leads = ("", "/", "//", "./", "/.", "\\", "file://", "%2f")
    return list(dict.fromkeys((*inside, *(f"{lead}{path}" for lead in leads for path in absolute))))


class Unsynced(DiskFiles):
    """The real disk without its waits."""

    def sync(self, descriptor: int) -> None:
        """No power is lost here."""


@pytest.fixture(params=[by_kernel, by_walk], ids=["by the kernel", "by walking"])
def files(request: pytest.FixtureRequest) -> DiskFiles:
    if request.param is by_kernel and not kernel_resolves():
        pytest.skip("this kernel has no openat2, or a filter forbids it")
    return Unsynced(way=request.param)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    trap = Trap(tmp_path / "base")
    trap.set()
    return trap


def written(trap: Trap, files: DiskFiles, path: str) -> bool:
    """True where the path was written; it is taken back at once."""
    change = FileChange(path=path, before=None, after=b"mine\n", content=Content.INLINE)
    journal = trap.base / "journal"
    try:
        apply([change], policy=trap.policy, journal=journal, name="w", fence=lambda: None, files=files)
    except (PathRefused, Conflict, WriteFailed):
        return False
    place = trap.policy.parse(path)
    real = Path(os.path.realpath(Path(*place.location)))
    assert real.is_relative_to(trap.tree) or real.is_relative_to(trap.base / "root"), path
    assert real.read_bytes() == b"mine\n"
    revert([change], of="w", policy=trap.policy, journal=journal, name="r", fence=lambda: None, files=files)
    return True


def test_no_hostile_path_gets_out(
    trap: Trap, files: DiskFiles, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trap.base / "canary")
    monkeypatch.setenv("HOME", str(trap.base / "canary"))
    paths = hostile(trap.base)
    assert len(paths) >= 5_000
    before = trap.outside()

    let_through = [path for path in paths if written(trap, files, path)]

    assert trap.outside() == before
    assert (trap.tree / "hard.txt").read_bytes() == SECRET
    pytestconfig.get_terminal_writer().line(
        f"\nhostile paths: {len(paths)} tried, {len(let_through)} harmless ones written inside, 0 escapes"
    )


def test_no_hostile_path_reads_what_lies_outside(trap: Trap, files: DiskFiles) -> None:
    disk = WorkspaceDisk(trap.policy, files)
    (trap.tree / "hard.txt").unlink()
    leaks = []
    for path in hostile(trap.base):
        try:
            found = disk.look(path)
        except (PathRefused, WriteFailed):
            continue
        if found is not None:
            leaks.append(path)

    assert leaks == []


def test_a_file_with_a_second_name_outside_is_replaced_not_written_through(
    trap: Trap, files: DiskFiles
) -> None:
    change = FileChange(path="hard.txt", before=SECRET, after=b"mine\n", content=Content.INLINE)
    journal = trap.base / "journal"

    apply([change], policy=trap.policy, journal=journal, name="w", fence=lambda: None, files=files)

    assert (trap.tree / "hard.txt").read_bytes() == b"mine\n"
    assert (trap.base / "canary.txt").read_bytes() == SECRET


def exchange(one: Path, other: Path) -> None:
    """Two names change places in one step."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(-100, bytes(one), -100, bytes(other), 2):
        raise OSError(ctypes.get_errno(), "renameat2")


def keep_exchanging(one: Path, other: Path, stop: threading.Event) -> None:
    while not stop.is_set():
        exchange(one, other)


def test_a_folder_that_turns_into_a_link_between_two_calls_lets_nothing_out(
    trap: Trap, files: DiskFiles, pytestconfig: pytest.Config
) -> None:
    (trap.tree / "swap").mkdir()
    (trap.tree / "aside").symlink_to(trap.base / "canary")
    before = trap.outside()
    stop = threading.Event()
    racer = threading.Thread(target=keep_exchanging, args=(trap.tree / "swap", trap.tree / "aside", stop))
    racer.start()
    outcomes = {True: 0, False: 0}
    try:
        for number in range(400):
            outcomes[written_or_not(trap, files, f"swap/sub/{number}.txt", number)] += 1
    finally:
        stop.set()
        racer.join()

    if (trap.tree / "swap").is_symlink():
        exchange(trap.tree / "swap", trap.tree / "aside")
    assert recover(trap.base / "journal") == ()
    assert trap.outside() == before
    assert not list(trap.tree.rglob(".jr-*"))
    assert all(outcomes.values())
    pytestconfig.get_terminal_writer().line(
        f"\nraces: {outcomes[True]} written, {outcomes[False]} refused, 0 escapes"
    )


def written_or_not(trap: Trap, files: DiskFiles, path: str, number: int) -> bool:
    change = FileChange(path=path, before=None, after=b"mine\n", content=Content.INLINE)
    try:
        apply(
            [change],
            policy=trap.policy,
            journal=trap.base / "journal",
            name=f"race-{number}",
            fence=lambda: None,
            files=files,
        )
    except (PathRefused, Conflict, WriteFailed):
        return False
    return True
