"""Benchmark: what applying many small files costs against writing and syncing them without any promise.

`python -m bench.apply` prints a table and writes `bench/results/apply.json`.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.domain import Content, FileChange
from app.writer.apply import apply
from app.writer.policy import Policy

FILES = 1_000
FOLDERS = 20
ROUNDS = 5
RESULTS = Path(__file__).parent / "results" / "apply.json"


def contents(number: int) -> bytes:
    return f"value = {number}\n".encode() * 25


def raw(base: Path) -> None:
    """Each file created, written, synced and closed: the least that durable writing costs."""
    for number in range(FILES):
        folder = base / "raw" / f"pkg{number % FOLDERS}"
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / f"f{number}.py", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(file, contents(number))
        os.fsync(file)
        os.close(file)


def change(number: int, *, again: bool) -> FileChange:
    before = contents(number)
    return FileChange(
        path=f"pkg{number % FOLDERS}/f{number}.py",
        before=before if again else None,
        after=before + b"# again\n" if again else before,
        content=Content.INLINE,
    )


def applied(base: Path, *, again: bool) -> None:
    changes = [change(number, again=again) for number in range(FILES)]
    policy = Policy(base / "workspace").within("task")
    apply(changes, policy=policy, journal=base / "journal", name=f"again-{again}", fence=lambda: None)


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def round_of(base: Path) -> dict[str, float]:
    """Seconds for each way, on the same disk, one after the other."""
    return {
        "raw": seconds(lambda: raw(base)),
        "create": seconds(lambda: applied(base, again=False)),
        "modify": seconds(lambda: applied(base, again=True)),
    }


def measure(folder: Path, count: int = ROUNDS) -> dict[str, float]:
    """The least seconds of raw writing, and how many times these creating and modifying as many files take.

    Whatever else a machine does only adds to a time, so of each way the quickest round tells most.
    """
    rounds = []
    for _ in range(count):
        with tempfile.TemporaryDirectory(dir=folder, prefix="bench-apply-") as base:
            rounds.append(round_of(Path(base).resolve()))
    least = {way: min(r[way] for r in rounds) for way in ("raw", "create", "modify")}
    return {"raw_seconds": least["raw"], **{way: least[way] / least["raw"] for way in ("create", "modify")}}


def main() -> None:
    figures = measure(Path.cwd())
    print(f"{FILES} files of {len(contents(1))} bytes, written and synced: {figures['raw_seconds']:.2f} s")
    for way in ("create", "modify"):
        print(f"{way} them in one change set: {figures[way]:.2f} times that")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"files": FILES, **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
