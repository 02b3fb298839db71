"""`python -m bench [name …]`: run the benchmarks, each a module of this folder with a process of its own."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path


def main(chosen: list[str]) -> int:
    """Runs them in turn; the worst exit code is the answer."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    there = [name for name in names if not name.startswith("_") and name in (chosen or names)]
    codes = []
    for name in there:
        print(f"== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode)
    return max(codes, default=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
