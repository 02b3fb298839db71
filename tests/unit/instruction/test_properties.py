"""Whatever the text: reading never raises, enters every fence once, keeps bytes, and stays linear."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.domain import Content, Kind, Verdict
from app.instruction.check import as_json, check
from app.instruction.ledger import read
from app.instruction.markdown import scan

PIECES = st.sampled_from(
    [
        "```",
        "```python",
        "````",
        "~~~",
        "```markdown",
        "```bash",
        "  ```",
        "    ```",
        "- ```",
        "> ```",
        "# Title",
        "## Step 1: Create `a.py`",
        "Create `a.py`:",
        "File: `b/c.py`",
        "**Modify:** `d.sh`",
        "- Create `e.md`",
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "Find:",
        "Replace with:",
        "| File | Action |",
        "|---|---|",
        "| `t.py` | Create |",
        "<!--",
        "-->",
        "<details>",
        "cat > f.sh <<'EOF'",
        "EOF",
        "x = 1",
        "    y = 2",
        "",
        "\t- tab",
        "1. one",
        "   three",
        "> quoted",
        "--- a/x.py",
        "+++ b/x.py",
        "@@ -1 +1 @@",
        "-old",
        "+new",
        '"""',
        "# ... existing code ...",
        "Save this as `g.py`.",
        "`../h.py`",
        "Expected output:",
        "## Verification",
    ]
)
DOCUMENTS = st.lists(PIECES, max_size=40).map("\n".join)
ANYTHING = st.text(max_size=400) | st.lists(PIECES | st.text(max_size=12), max_size=30).map("\n".join)
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(ANYTHING)
@QUICK
def test_no_text_makes_reading_raise(text: str) -> None:
    as_json(check(text))


@given(DOCUMENTS)
@QUICK
def test_every_fence_gets_one_entry_and_no_two_overlap(text: str) -> None:
    document = scan(text)
    spans = [block.span for block in read(text).blocks]
    fences = [*document.fences, *(fence for region in document.regions for fence in region.fences)]

    assert sorted(s.start_line for s in spans) == sorted(f.span.start_line for f in fences)
    assert all(one.end_line < two.start_line for one, two in pairwise(spans))
    assert all(1 <= s.start_line <= s.end_line <= len(document.lines) for s in spans)


@given(DOCUMENTS)
@QUICK
def test_the_bytes_of_an_inline_file_are_the_lines_between_its_fences(text: str) -> None:
    ledger = read(text)
    fences = {fence.span: fence for fence in scan(text).fences}
    for found in ledger.deliverables:
        if found.kind is Kind.CREATE and found.source in fences and found.text is not None:
            fence = fences[found.source]
            if fence.lang not in ("bash", "diff"):
                assert found.text == "".join(f"{line}\n" for line in fence.body)


@given(DOCUMENTS)
@QUICK
def test_ids_are_unique_contents_are_created_once_and_the_verdict_follows(text: str) -> None:
    ledger = read(text)
    ids = [found.id for found in ledger.deliverables]
    created = [(found.path, found.text) for found in ledger.deliverables if found.kind is Kind.CREATE]
    severe = any(problem.severity == "error" for problem in ledger.problems)

    assert len(set(ids)) == len(ids)
    assert len(set(created)) == len(created)
    assert (ledger.verdict is Verdict.NEEDS_REWRITE) == severe
    if ledger.verdict is Verdict.COMPLETE:
        assert all(found.content is Content.INLINE for found in ledger.deliverables)
    assert all(identity in ids for block in ledger.blocks for identity in block.deliverables)


@given(
    st.lists(
        st.sampled_from(["```", "````", "~~~", "```python", "text", "", "  ```", "    ```"]), max_size=25
    )
)
@QUICK
def test_fences_are_those_of_commonmark_where_nothing_was_repaired(lines: list[str]) -> None:
    text = "\n".join([*lines, ""])
    fences = scan(text).fences
    if any(fence.repaired for fence in fences):
        return
    tokens = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "fence"]

    assert [fence.span.start_line for fence in fences] == [token.map[0] + 1 for token in tokens if token.map]
    assert [fence.text for fence in fences] == [token.content for token in tokens]


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), st.sampled_from(["\n", "\r\n"]))
@QUICK
def test_line_ends_never_change_what_is_read(words: list[str], end: str) -> None:
    plain = "\n".join(["Create `a.txt`:", "```", *words, "```", ""])

    assert read(plain.replace("\n", end)) == read(plain)


SHAPES: dict[str, Callable[[int], str]] = {
    "short lines": lambda n: "a\n" * (n // 2),
    "list items": lambda n: "- a\n" * (n // 4),
    "headings": lambda n: "# a\n" * (n // 4),
    "empty blocks": lambda n: "```\n" * (n // 4),
    "small blocks": lambda n: "```py\nx\n```\n" * (n // 12),
    "quotes": lambda n: "> a\n" * (n // 4),
    "deep quotes": lambda n: ">" * n,
    "deeper and deeper": lambda n: "\n".join(" " * (2 * (i % 1000)) + "- a" for i in range(n // 1000)),
    "one deep list": lambda n: "- " * (n // 4) + "\n" * (n // 2),
    "brackets": lambda n: "[" * n,
    "backticks": lambda n: "` `` ``` " * (n // 9),
    "references": lambda n: "[a]: b\n" * (n // 7),
    "underlines": lambda n: "a\n=\n" * (n // 4),
    "open comments": lambda n: "<!--\n" * (n // 5),
    "open markdown": lambda n: "```markdown\n```py\n```\n" * (n // 22),
    "open strings": lambda n: '```python\n"""\n```\n' * (n // 18),
    "open heredocs": lambda n: "```bash\ncat <<A\n```\n" * (n // 20),
    "open searches": lambda n: "<<<<<<< SEARCH\n=======\n" * (n // 23),
    "searches": lambda n: "<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n" * (n // 39),
    "names": lambda n: "".join(f"Create `a{i}.py`\n" for i in range(n // 18)),
    "named blocks": lambda n: "".join(f"Create `a{i}.py`:\n```python\nx\n```\n" for i in range(n // 36)),
    "table": lambda n: (
        "| File | Action |\n|--|--|\n" + "".join(f"| `a{i}.py` | New |\n" for i in range(n // 20))
    ),
    "words": lambda n: "create a b c d e f g h i j.py and more in the file\n" * (n // 51),
    "diff": lambda n: "```diff\n" + "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n" * (n // 44),
    "labels": lambda n: "Before:\n```py\na\n```\nAfter:\n```py\nb\n```\n" * (n // 43),
    "heredocs without end": lambda n: (
        "```bash\n" + "".join(f"cat > a{i}.py <<E{i}\n" for i in range(n // 24))
    ),
    "spaces": lambda n: " " * n,
    "tabs": lambda n: "\t- a\n" * (n // 5),
    "long words": lambda n: ("x" * 3999 + "\n") * (n // 4000),
    "long sentences": lambda n: ("create file " * 300 + "`a.py`\n") * (n // 3607),
    "many requests": lambda n: (
        ("Create `a.py` with x" + " and then create `b.py` with z," * 90 + "\n") * (n // 2811)
    ),
    "outlines": lambda n: "Create `a.py`:\n```python\n" + "def f():\n    ...\n" * (n // 17) + "```\n",
    "signatures": lambda n: "Create `a.py`:\n```python\n" + "def f(\n" * (n // 7) + "```\n",
    "steps": lambda n: "".join(
        f"## Step\n- Create: `a{i}.py`\n\nImplement x\n```python\nx=1\n```\n" for i in range(n // 60)
    ),
    "pieces": lambda n: (
        "## Step\n- Create: `a.py`\n- Modify: `b.py`\n" + "Implement it\n```python\nx=1\n```\n" * (n // 32)
    ),
}
SHAPES |= {
    "nested in items": lambda n: "- ```markdown\n  ```py\n  ```\n" * (n // 28),
    "nested in one item": lambda n: "- a\n" + "  ```markdown\n  ```\n" * (n // 20),
    "headings that are paths": lambda n: "".join(f"## `a{i}.py`\n" for i in range(n // 13)),
    "wrapped sentences": lambda n: (
        ("create the thing that is told of here in all length and put it in\n`a.py` with its rest\n")
        * (n // 90)
    ),
    "sentences about the file": lambda n: "File: `a.py`\n" + "Add x to the file\n" * (n // 18),
    "two contents": lambda n: "".join(f"Create `a.py`:\n```python\n{i}\n```\n" for i in range(n // 35)),
}
WORST = (
    "headings",
    "empty blocks",
    "small blocks",
    "named blocks",
    "labels",
    "open heredocs",
    "steps",
    "pieces",
)
QUIET_S = 0.035
TRIES = 4
MEBIBYTE = 1 << 20


def seconds(text: str) -> float:
    """Processor time of one reading."""
    begin = time.process_time()
    read(text)
    return time.process_time() - begin


def slowness() -> float:
    """How much slower this processor is now than a quiet one of two cores: at least 1.

    Two cores that share their units slow each other down in processor time as well.
    """
    begin = time.process_time()
    seen: dict[int, str] = {}
    for number in range(400_000):
        seen[number % 1000] = str(number).strip()
    return max(1.0, (time.process_time() - begin) / QUIET_S)


def is_linear(slow: float, half: float, whole: float) -> bool:
    """A mebibyte within two seconds of a quiet processor, and within 2.5 times what half of it takes."""
    return whole < 2.0 * slow and whole < 2.5 * max(half, 0.1)


def shapes() -> list[object]:
    """The shapes that cost most in every run, the others where there is time for all of them."""
    seldom = pytest.mark.exhaustive
    return [
        pytest.param(shape, id=shape.replace(" ", "-"), marks=() if shape in WORST else seldom)
        for shape in SHAPES
    ]


@pytest.mark.slow
@pytest.mark.parametrize("shape", shapes())
def test_reading_is_linear_in_the_size_of_the_document(shape: str) -> None:
    text, half = SHAPES[shape](MEBIBYTE), SHAPES[shape](MEBIBYTE // 2)
    tried = [(slowness(), seconds(half), seconds(text))]
    while len(tried) < TRIES and not is_linear(*tried[-1]):
        tried.append((slowness(), seconds(half), seconds(text)))

    assert is_linear(*tried[-1]), tried
