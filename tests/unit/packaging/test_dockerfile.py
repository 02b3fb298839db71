"""The Dockerfile and the compose file under real linters, and the rules no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def lint(tool, *arguments):
    program = Path(sys.executable).with_name(tool)
    if not program.exists():
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing():
    lint("hadolint", "--failure-threshold", "style", "Dockerfile")


def test_yamllint_finds_nothing():
    lint("yamllint", "--strict", "docker-compose.yml")


def test_the_image_is_built_in_stages_and_runs_as_a_numbered_user():
    assert len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE)) == 2
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER [1-9]\d+$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last


def test_base_images_are_pinned_to_the_patch():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)


def test_every_install_is_held_to_hashes_or_to_the_wheel_just_built():
    installs = re.findall(r"pip install ([^\n]*)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_every_jr_variable_is_a_setting():
    names = {name.lower() for name in re.findall(r"\bJR_([A-Z_]+)=", DOCKERFILE)}
    assert names
    assert names <= set(Settings.model_fields)


def test_what_is_copied_is_let_through_to_the_builder():
    let_through = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)
