"""Benchmark: how often each check stops a file that is right, over the real code on this machine."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from app.domain import Content, FileChange
from app.writer.gate import inspect

ROOTS = (sys.prefix, "/usr/lib", "/usr/share")
SUFFIXES = frozenset(
    f".{name}"
    for names in (
        "py pyi js mjs ts tsx css scss html json toml yaml yml md rst txt",
        "go rs java rb php lua c h cpp hpp sh sql xml svg",
    )
    for name in names.split()
)
LARGEST = 300_000


def real_files(roots: list[str], most: int) -> Iterator[tuple[Path, bytes]]:
    """At most so many readable text files of each kind, chosen by a fixed seed."""
    by_suffix: dict[str, list[Path]] = defaultdict(list)
    for root in roots:
        for path in Path(root).rglob("*"):
            if path.suffix in SUFFIXES:
                by_suffix[path.suffix].append(path)
    for suffix in sorted(by_suffix):
        paths = sorted(by_suffix[suffix])
        random.Random(1).shuffle(paths)
        for path in paths[:most]:
            data = path.read_bytes() if path.is_file() else b""
            if data.strip() and len(data) <= LARGEST and _is_utf8(data):
                yield path, data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=200, help="files of each kind")
    parser.add_argument("roots", nargs="*", default=list(ROOTS))
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    reported: Counter[tuple[str, str]] = Counter()
    start = time.process_time()
    for path, data in real_files(options.roots, options.most):
        seen[path.suffix] += 1
        change = FileChange(path=path.name, before=None, after=data, content=Content.GENERATE)
        for finding in inspect(change, min_bytes=20):
            if finding.code:
                (reported if finding.ok else refused)[finding.name, path.suffix] += 1
            if not finding.ok:
                print(f"{finding.name:12} {path}: {finding.detail}")
    total = sum(seen.values())
    print(f"\n{total} files in {time.process_time() - start:.0f} s of CPU time")
    for title, counts in (("refused", refused), ("reported", reported)):
        print(
            f"{title}: {sum(counts.values())} of {total} = {100 * sum(counts.values()) / max(1, total):.2f} %"
        )
        for (name, suffix), count in sorted(counts.items()):
            print(
                f"  {name:12} {suffix:6} {count:5} of {seen[suffix]:5} = {100 * count / seen[suffix]:6.2f} %"
            )


if __name__ == "__main__":
    main()
