"""Sentences that ask for several files: each is heard, and what is only mentioned stays a mention."""

from __future__ import annotations

import pytest

from app.domain import Kind
from app.instruction.ledger import read

ASKED = [
    ("Create `a.py` with one() and create `b.py` with two().", "+a.py +b.py"),
    ("Create `a.py`, `b.py` and `c.py`.", "+a.py +b.py +c.py"),
    ("Please add a module `mathx.py` with mean() and tests in `test_mathx.py`.", "+mathx.py +test_mathx.py"),
    ("Implement a stack in `stack.py` and tests in `test_stack.py`.", "~stack.py +test_stack.py"),
    ("Create the directory `build/` and `build/run.sh`.", "+build/run.sh"),
    ("I need `config.json` holding the port and `load.py` which reads it.", "+config.json +load.py"),
    ("The project needs a `requirements.txt` listing flask.", "+requirements.txt"),
    ("`x.toml` should contain a [tool] table.", "+x.toml"),
    ("In `dates/parse.py`, write parse_date().", "~dates/parse.py"),
    ("**Output:** `dist/report.html`", "+dist/report.html"),
    ("Add `foo.py` with a function foo, then modify `bar.py` so it calls foo.", "+foo.py ~bar.py"),
    ("Fix the bug in `calc.py` and add a test to `test_calc.py`.", "~calc.py ~test_calc.py"),
    ("Put the constants into `names.py` and the functions into `calls.py`.", "~names.py ~calls.py"),
    ("Your task: create `hello.py`, printing hello, plus `hello_test.py`.", "+hello.py +hello_test.py"),
    ("Write `conv.py`, which converts `in.csv` to `out.json`, and a README.md.", "+conv.py +README.md"),
    ("Create two files: `a.txt` containing A and `b.txt` containing B.", "+a.txt +b.txt"),
]  # fmt: skip
MENTIONED = [
    ("Create `b.py` like `a.py`, but do not touch `c.py`. Run `python b.py`.", "+b.py"),
    ("Create `x.py` that reads `data.json` and imports from `y.py`.", "+x.py"),
    ("Create `loader.py` to load `settings.toml` and `users.csv`.", "+loader.py"),
    ("Create `gen.py` to load the data and write `out.csv`.", "+gen.py"),
    ("Create `a.py` which is imported by `b.py` and used in `c.py`.", "+a.py"),
    ("Create `a.py` based on `b.py` and `c.py`.", "+a.py"),
    ("Write a script `go.sh` that runs `main.py` and writes `log.txt`.", "+go.sh"),
    ("Write a `README.md` which documents `main.py` and `conf.py`.", "+README.md"),
    ("Delete `old.py` and create `new.py`.", "+new.py"),
    ("We need `cache.py` to forget old entries.", ""),
    ("Example: create `x.py`.", ""),
]


@pytest.mark.parametrize(("sentence", "owed"), [*ASKED, *MENTIONED], ids=lambda value: value[:40])
def test_a_sentence_owes_the_files_it_asks_for_and_no_others(sentence: str, owed: str) -> None:
    files = [d for d in read(f"# Task\n\n{sentence}\n").deliverables if d.asks_for_a_file]

    assert sorted(f"{'+' if d.kind is Kind.CREATE else '~'}{d.path}" for d in files) == sorted(owed.split())
