"""A process is killed for real around every rename and sync of an apply; the next process mends the tree."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import trigger
from app.writer.apply import apply, recover
from app.writer.policy import Policy
from tests.crash.scenario import CHANGES, plant, say, snapshot

REPOSITORY = Path(__file__).parents[2]


def applied(base: Path) -> None:
    policy = Policy(base / "ws").within("task")
    apply(CHANGES, policy=policy, journal=base / "journal", name="one", fence=lambda: None)


def die_at(base: Path, strike: int) -> None:
    """Applies, and is killed at the point number `strike`."""
    points = iter(range(1, 1_000_000))

    def count(_: str) -> None:
        if next(points) == strike:
            os.kill(os.getpid(), signal.SIGKILL)

    trigger.arm(count)
    applied(base)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_process_leaves_a_tree_that_the_next_one_mends(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    base = tmp_path / "site"
    plant(base / "ws" / "task")
    old = snapshot(base / "ws" / "task")
    applied(base)
    new = snapshot(base / "ws" / "task")
    kills = forward = 0
    while True:
        shutil.rmtree(base)
        plant(base / "ws" / "task")
        child = subprocess.run(
            [sys.executable, "-m", "tests.crash.test_apply_killed", str(base), str(kills + 1)],
            cwd=REPOSITORY,
            check=False,
            timeout=60,
        )
        assert child.returncode in (0, -signal.SIGKILL)
        if child.returncode == 0:
            break
        kills += 1
        assert recover(base / "journal") == ()
        assert snapshot(base / "ws" / "task") in (old, new)
        forward += snapshot(base / "ws" / "task") == new
        applied(base)
        assert snapshot(base / "ws" / "task") == new
    assert kills > 40
    say(pytestconfig, f"SIGKILL: {kills} points ({forward} forward), 0 violations")


if __name__ == "__main__":
    die_at(Path(sys.argv[1]), int(sys.argv[2]))
