"""Benchmark: how fast replies are parsed, ordinary ones and those made to be slow."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from app.coder.reply import parse

MEGABYTES = 2
TRIES = 3


def _ordinary() -> str:
    source = "".join(f"def function_{i}(value):\n    return value * {i}  # a comment\n\n" for i in range(40))
    files = [
        f"### `src/module_{i}.py`\n\nThis one is number {i}.\n\n```python\n{source}```\n\n" for i in range(50)
    ]
    return "Here are the files.\n\n" + "".join(files)


REPLIES: dict[str, Callable[[], str]] = {
    "ordinary": _ordinary,
    "one long file": lambda: "a.py\n```python\n" + "x = 'some text of usual length'\n" * 9_000 + "```\n",
    "html file": lambda: "a.html\n```html\n" + '<div class="a"><file path="b.py"></div>\n' * 9_000 + "```\n",
    "fence lines": lambda: "```\n" * 50_000,
    "opening fences": lambda: "```a\n" * 50_000,
    "unbalanced fences": lambda: "```markdown\n```a\n```\n" * 10_000,
    "hinted fences": lambda: "```markdown\n\n```\nx\n" * 10_000,
    "empty lines": lambda: "\n" * 200_000,
    "backticks": lambda: "`" * 200_000,
    "spaces": lambda: " " * 200_000 + "```",
    "indents": lambda: ("    " * 20 + "\n") * 3_000,
    "one long line": lambda: "word " * 40_000,
    "open tags": lambda: "<a\n" * 60_000,
    "file tags": lambda: '<file path="a.py">\n' * 10_000,
    "tags without a file": lambda: "<code>\n" * 28_000,
    "calls that only look": lambda: "<function=w>\n<parameter=path>a.py</parameter>\n</function>\n" * 3_500,
    "old texts without a new": lambda: "<edit><path>a.py</path><old>\n" * 6_500,
    "ruled names": lambda: "=== Create `a.py` and `b.py`:\n" * 6_000,
    "patch heads": lambda: "*** Add File: a.py\n" * 10_000,
    "tags with attributes": lambda: ("<x " + "a=b " * 60 + ">\n") * 800,
    "search signs": lambda: "<<<<<<< SEARCH\n" * 13_000,
    "search in a fence": lambda: "a.py\n```\n" + "<<<<<<< SEARCH\n=======\n" * 9_000 + "```\n",
    "dividers": lambda: "a.py\n<<<<<<< SEARCH\n" + "=======\n" * 25_000 + ">>>>>>> REPLACE\n",
    "diff headers": lambda: "--- a/a.py\n+++ b/a.py\n" * 9_000,
    "thinking": lambda: "<think>\n" * 25_000,
    "thinking, closed": lambda: "<think></think>" * 13_000,
    "closing thinking": lambda: "</think>\n" * 20_000,
    "labels": lambda: "File: a.py\n```\nx\n```\n" * 9_000,
    "markers without a fence": lambda: "# filepath: a.py\n" * 11_000,
    "rules": lambda: "=" * 100_000 + "\n" + "-" * 100_000,
    "stars": lambda: "**" * 50_000 + "a.py" + "**" * 50_000 + "\n```\nx\n```\n",
    "brackets": lambda: "[" * 100_000 + "](" * 50_000 + "\n```\nx\n```\n",
    "heredocs": lambda: "```bash\n" + "cat > a.py <<EOF\n" * 9_000 + "```\n",
}


def speed(make: Callable[[], str], megabytes: float) -> float:
    """Megabytes a second over a reply of that size, made of the sample again and again; the best of a few."""
    sample = make()
    text = sample * max(1, round(megabytes * 1e6 / len(sample)))
    return len(text) / 1e6 / min(_seconds(text) for _ in range(TRIES))


def _seconds(text: str) -> float:
    start = time.process_time()
    parse(text)
    return time.process_time() - start


def main() -> None:
    for name, make in REPLIES.items():
        small, large = speed(make, MEGABYTES / 4), speed(make, MEGABYTES)
        print(
            f"{name:26} {small:8.1f} MB/s at {MEGABYTES / 4} MB {large:8.1f} MB/s at {MEGABYTES} MB",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
