"""Exits 0 when the ticket's files work; run in their folder."""

import subprocess
from pathlib import Path


def run(*arguments: str) -> int:
    return subprocess.run(["bash", "scripts/backup.sh", *arguments], check=False).returncode


assert run() == 1
assert run("scripts") == 0
assert Path("backup.tar.gz").stat().st_size > 0
