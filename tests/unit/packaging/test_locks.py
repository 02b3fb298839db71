"""The hashed locks, and what must stand in a clone for `make` to work on it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_everything_by_hash_and_names_no_host(lock):
    text = lock.read_text()
    pins = re.findall(r"^[A-Za-z0-9].*(?:\n\s+.*)*", text, re.MULTILINE)
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text
    assert "--index" not in text


def test_every_extra_has_its_lock():
    extras = set(PROJECT["optional-dependencies"])
    assert {lock.stem for lock in LOCKS} == extras | {"runtime", "build", "weights"}


def test_the_runtime_lock_is_a_part_of_every_extras_lock():
    runtime = set(re.findall(r"^\S+==\S+", (ROOT / "requirements/runtime.txt").read_text(), re.MULTILINE))
    for extra in PROJECT["optional-dependencies"]:
        text = (ROOT / f"requirements/{extra}.txt").read_text()
        assert runtime <= set(re.findall(r"^\S+==\S+", text, re.MULTILINE)), extra


def test_the_readme_starts_with_the_two_commands():
    first_block = (ROOT / "README.md").read_text().split("```")[1]
    commands = [line.partition("#")[0].strip() for line in first_block.strip().splitlines()]
    assert commands == ["make demo", "make run"]


@pytest.mark.parametrize(
    "name", ["LICENSE", "CHANGELOG.md", "docs/embedded.md", "examples/hello.md", ".ci/run"]
)
def test_what_a_clone_must_hold_is_there(name):
    assert (ROOT / name).is_file()


def test_decisions_are_numbered_once_and_say_why_what_and_what_follows():
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert pages
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page in pages:
        text = page.read_text()
        for part in ("Context", "Decision", "Consequences"):
            assert re.search(rf"^(## |\*\*){part}", text, re.MULTILINE), f"{page.name} has no {part}"


def test_every_setting_is_explained_with_its_default():
    page = (ROOT / "docs/operations.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`JR_{name.upper()}`" in page, name
        if isinstance(field.default, str | int | float) and field.default != "":
            shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
            assert f"`{shown}`" in page, name


def test_no_page_points_to_one_that_is_not_there():
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target.partition("#")[0])
        for page in pages
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())
        if "://" not in target and not target.startswith(("#", "mailto:"))
    ]
    assert links
    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("target", ["install", "run", "demo", "test", "check", "lock", "bench"])
def test_the_makefile_has_the_contracts_targets(target):
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_carries_the_lock_of_the_weights(tmp_path):
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(next(tmp_path.glob("*.whl")))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "requirements/weights.txt" in listed
    assert "app/embedded/__main__.py" in listed
