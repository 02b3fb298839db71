"""Which paths a task may write: hostile ones are refused by code, ordinary ones pass, protected ones wait."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.writer.names import fault
from app.writer.policy import PathRefused, Policy

ORDINARY = [
    "main.py",
    "src/app/main.py",
    "./src/main.py",
    ".github/workflows/ci.yml",
    ".env.example",
    ".gitignore",
    ".gitattributes",
    "git/notes.md",
    "docs/My Notes.md",
    "node_modules/@types/node/index.d.ts",
    "pages/[id].tsx",
    "pages/[[...slug]].tsx",
    "app/(group)/page.tsx",
    "app/(..)photo/page.tsx",
    "src/routes/+page.svelte",
    "routes/$postId.tsx",
    "c++/main.c++",
    "données/été.txt",
    "文档/说明.md",
    "мир.txt",
    "naïve_test.py",
    "emoji-🚀.md",
    "with-\u2764\ufe0f.md",
    "a~b.txt",
    "file.tar.gz",
    "con_fig.py",
    "console.log",
    "com.py",
    "common/aux_.c",
    "100%.txt",
    "a=b.txt",
    "a,b;c.txt",
    "it's.md",
    "#hash.md",
    "Makefile",
    "...hidden",
    "a" * 255,
    "/tmp/final_test.py",
]

HOSTILE = [
    ("", "path_empty"),
    ("/", "path_empty"),
    ("./", "path_empty"),
    ("..", "path_traversal"),
    ("../x", "path_traversal"),
    ("a/../../x", "path_traversal"),
    ("./../x", "path_traversal"),
    ("/tmp/../etc/passwd", "path_traversal"),
    ("/etc/passwd", "path_absolute_outside"),
    ("/tmpx/a", "path_absolute_outside"),
    ("/tmp", "path_absolute_outside"),
    ("//tmp/x", "path_empty_segment"),
    ("a//b", "path_empty_segment"),
    (".//tmp/x", "path_dot_segment"),
    ("././/tmp/x", "path_dot_segment"),
    ("a/", "path_empty_segment"),
    ("a/./b", "path_dot_segment"),
    (".", "path_dot_segment"),
    ("a\x00b", "path_control_character"),
    ("a\nb", "path_control_character"),
    ("a\x7fb", "path_control_character"),
    ("a\x85b", "path_control_character"),
    ("a\u202eb", "path_invisible_character"),
    ("a\u200bb", "path_invisible_character"),
    ("a\ufeffb", "path_invisible_character"),
    ("a\u3164b", "path_invisible_character"),
    ("a\u2028b", "path_invisible_character"),
    ("a\ud800b", "path_invisible_character"),
    ("a\ufe0fb", "path_invisible_character"),
    ("a.\ufe0f", "path_invisible_character"),
    ("\U000e0100a", "path_invisible_character"),
    ("a\u00a0b", "path_odd_space"),
    ("e\u0301t\u00e9", "path_not_nfc"),
    ("..\\x", "path_backslash"),
    ("C:\\x", "path_not_portable"),
    ("C:/x", "path_not_portable"),
    ("a.txt:stream", "path_not_portable"),
    ("<name>.py", "path_not_portable"),
    ("*.py", "path_not_portable"),
    ("a\u2215b", "path_lookalike"),
    ("a\uff0fb", "path_lookalike"),
    ("\u2025/x", "path_lookalike"),
    ("\uff0e\uff0e/x", "path_lookalike"),
    ("..;/x", "path_lookalike"),
    ("..\ufe0f/x", "path_invisible_character"),
    ("%2e%2e/x", "path_encoded"),
    ("%252e%252e%252fx", "path_encoded"),
    ("..%2fx", "path_encoded"),
    ("~/x", "path_shorthand"),
    ("~root/x", "path_shorthand"),
    ("$HOME/x", "path_shorthand"),
    ("${HOME}/x", "path_shorthand"),
    ("%USERPROFILE%/x", "path_shorthand"),
    (".git/config", "path_git"),
    (".GIT/hooks/pre-commit", "path_git"),
    ("sub/.git/config", "path_git"),
    ("sub/.git", "path_git"),
    (".git /config", "path_git"),
    (".git./config", "path_git"),
    ("GIT~1/config", "path_git"),
    (".g\u200cit/config", "path_invisible_character"),
    (".g\ufe0fit/config", "path_invisible_character"),
    (".g\u0301it/config", "path_not_nfc"),
    ("\uff0egit/config", "path_git"),
    ("nul", "path_device_name"),
    ("con.txt", "path_device_name"),
    ("a/COM1.log", "path_device_name"),
    ("LPT\u00b9", "path_device_name"),
    ("AUX .c", "path_device_name"),
    (" a", "path_edge"),
    ("a ", "path_edge"),
    ("a./b", "path_edge"),
    ("...", "path_lookalike"),
    ("a" * 256, "path_too_long"),
    ("é" * 128, "path_too_long"),
    ("a/" * 600 + "b", "path_too_long"),
    ("a/" * 64 + "b", "path_too_deep"),
]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    globs = ("**/.env", "**/*.service", "deploy/**", "Dockerfile*")
    return Policy(tmp_path / "ws", (Path("/tmp"),), globs).within("task")


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_path_is_let_through(policy: Policy, path: str) -> None:
    assert policy.parse(path).name == path.removeprefix("./")


@pytest.mark.parametrize(("path", "code"), HOSTILE)
def test_a_hostile_path_is_refused_with_the_code_of_its_fault(policy: Policy, path: str, code: str) -> None:
    with pytest.raises(PathRefused) as caught:
        policy.parse(path)
    assert caught.value.code == code
    assert caught.value.detail.endswith(".")
    assert caught.value.path == path


def test_a_path_of_a_million_characters_is_refused_by_its_length_before_each_is_looked_at() -> None:
    found = fault("\u202e" * 1_000_000)

    assert found is not None
    assert found.code == "path_too_long"


def test_a_relative_path_lands_in_the_tasks_own_folder(policy: Policy, tmp_path: Path) -> None:
    assert Path(*policy.parse("a/b.py").location) == tmp_path / "ws" / "task" / "a" / "b.py"


def test_an_absolute_path_into_the_workspace_is_the_same_file_as_the_relative_one(
    policy: Policy, tmp_path: Path
) -> None:
    absolute = policy.parse(f"{tmp_path}/ws/task/a/b.py")

    assert absolute.location == policy.parse("a/b.py").location


def test_the_workspace_may_be_written_absolutely_without_being_an_allowed_root(tmp_path: Path) -> None:
    policy = Policy(tmp_path / "ws").within("task")

    assert policy.parse(f"{tmp_path}/ws/task/x.py").file == "x.py"
    with pytest.raises(PathRefused, match="no allowed root"):
        policy.parse(f"{tmp_path}/x.py")


def test_a_root_that_is_a_link_is_followed_once_and_known_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    policy = Policy(tmp_path / "ws", (tmp_path / "link",))

    by_link = policy.parse(f"{tmp_path}/link/x.py")

    assert by_link.location == policy.parse(f"{tmp_path}/real/x.py").location
    assert Path(by_link.folder.root) == tmp_path / "real"


@pytest.mark.parametrize("folder", ["../up", "/abs", "a/../b", "", ".git", "a b\n"])
def test_a_workspace_is_named_by_a_safe_relative_path(tmp_path: Path, folder: str) -> None:
    with pytest.raises(PathRefused):
        Policy(tmp_path).within(folder)


def test_a_folder_that_jr_keeps_for_itself_is_nobodys_to_write(tmp_path: Path) -> None:
    policy = Policy(tmp_path / "ws", (tmp_path,), reserved=(tmp_path / "var", tmp_path / "jr.db"))

    for path in ("var/journal/x.open", "var", "VAR/x", "jr.db", "jr.db-wal", "jr.db.slot-0", "jr.db-x/y"):
        with pytest.raises(PathRefused) as caught:
            policy.parse(f"{tmp_path}/{path}")
        assert caught.value.code == "path_reserved"
    for path in ("variable", "x/jr.db", "jr", "jr.dbx", "my.jr.db"):
        assert policy.parse(f"{tmp_path}/{path}").file == path.rpartition("/")[2]


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        (".env", True),
        ("a/b/.env", True),
        (".ENV", True),
        (".env.example", False),
        ("x.env", False),
        ("units/jr.service", True),
        ("jr.service", True),
        ("jr.service.md", False),
        ("deploy/x/y.txt", True),
        ("other/deploy/x.txt", False),
        ("Dockerfile", True),
        ("images/Dockerfile.prod", True),
        ("/tmp/x/.env", True),
        ("/tmp/jr.service", True),
        ("/tmp/main.py", False),
    ],
)
def test_a_protected_path_waits_for_approval(policy: Policy, path: str, waits: bool) -> None:  # noqa: FBT001 -- a column
    assert policy.protected(path) is waits


@given(st.text(max_size=40))
def test_no_text_breaks_the_rules_themselves(text: str) -> None:
    fault(text)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b c", "\\", "/", "~", "%2e", ".git"]), max_size=6))
def test_what_passes_never_leaves_its_folder(names: list[str]) -> None:
    path = "/".join(names)
    if fault(path) is None and not path.startswith("/"):
        assert Path("/base", path).resolve().is_relative_to("/base")
