"""One change set with everything in it, the tree it starts from and the tree it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Content, FileChange

OLD: dict[str, bytes] = {
    "src/main.py": b"print('old')\n" * 40,
    "src/tool.sh": b"#!/bin/sh\nexit 0\n",
    "gone.txt": b"to be removed\n",
    "same.txt": b"as it was\n",
    "bystander.txt": b"nobody's business\n",
}
NEW: dict[str, bytes] = {
    "src/main.py": b"print('new')\n" * 60,
    "src/tool.sh": b"#!/bin/sh\nexit 1\n",
    "same.txt": b"as it was\n",
    "bystander.txt": b"nobody's business\n",
    "pkg/deep/er/mod.py": b"x = 1\n",
    "pkg/deep/other.py": b"y = 2\n",
    "top.md": b"# Top\n",
}
PATHS = [path for path in dict.fromkeys((*OLD, *NEW)) if path != "bystander.txt"]
CHANGES = tuple(
    FileChange(path=path, before=OLD.get(path), after=NEW.get(path), content=Content.INLINE) for path in PATHS
)


def plant(tree: Path) -> None:
    """Makes the old tree."""
    for path, data in OLD.items():
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (tree / "src/tool.sh").chmod(0o750)


def snapshot(tree: Path) -> dict[str, tuple[bytes, int] | None]:
    """Every name beneath the tree: bytes and mode of a file, None for a folder."""
    return {
        str(path.relative_to(tree)): None
        if path.is_dir()
        else (path.read_bytes(), path.stat().st_mode & 0o7777)
        for path in tree.rglob("*")
    }


def say(config: pytest.Config, figures: str) -> None:
    """Prints the figures of a test past pytest's capture."""
    config.get_terminal_writer().line(f"\n{figures}")
