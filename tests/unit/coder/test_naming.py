"""Naming: what lines and sentences around a block call it, and which of them are not believed."""

from __future__ import annotations

import pytest

from app.coder.naming import Name, above, below, in_line, in_sentence, is_shown_only, paths_in


def path_of(name: Name | None) -> str | None:
    return name.path if name else None


@pytest.mark.parametrize(
    "line",
    [
        "a.py",
        "> a.py",
        "12) a.py",
        "(3) a.py",
        "1.2: a.py",
        "Step 4: a.py",
        "part 2 - a.py",
        "\u2022 a.py",
        "\U0001f4c4 a.py",
        "=== a.py ===",
        "--- a.py ---",
        "==> a.py <==",
        "*** a.py ***",
        "[a.py](src/b.py)",
        "<b>a.py</b>",
        "<summary>a.py</summary>",
        "// a.py",
        "//a.py",
        "-- a.py",
        "/* a.py */",
        "<!-- a.py -->",
        "1. **a.py** - the entry point",
        "`a.py` (new)",
    ],
)
def test_a_line_that_is_nothing_but_a_name_names_the_block(line):
    assert in_line(line) == Name("a.py", "name_line")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("Makefile", "Makefile"),
        ("LICENSE", "LICENSE"),
        ("crontab", "crontab"),
        ("gradlew", "gradlew"),
        (r"c:\x\a.py", "c:/x/a.py"),
        ("my notes.py", "my notes.py"),
        ("test data.py", "test data.py"),
    ],
)
def test_names_may_lack_an_extension_hold_a_drive_or_a_space(line, path):
    assert in_line(line) == Name(path, "name_line")


@pytest.mark.parametrize("line", ["# a.py", "### a.py", "  ## `a.py`", "## 1. a.py"])
def test_a_heading_names_the_block(line):
    assert in_line(line) == Name("a.py", "heading")


@pytest.mark.parametrize(
    ("line", "path", "rule"),
    [
        ("File: a.py", "a.py", "file_label"),
        ("**File:** `a.py`", "a.py", "file_label"),
        ("File: [a.py](b.py)", "a.py", "file_label"),
        ("Module name: a.py", "a.py", "file_label"),
        ("Update: a.py", "a.py", "file_label"),
        ("Save as: a.py", "a.py", "file_label"),
        ("# File: a.py", "a.py", "file_label"),
        ("Create file: a.py", "a.py", "create_file"),
        ("Create file: bin/run", "bin/run", "create_file"),
        ("New file: bin/run", "bin/run", "file_label"),
        ("config-file: bin/run", "bin/run", "file_label"),
        ("file_path: bin/run", "bin/run", "file_label"),
        ("Path: bin/run", "bin/run", "file_label"),
        ("Filename: run", "run", "file_label"),
    ],
)
def test_a_label_names_the_block(line, path, rule):
    assert in_line(line) == Name(path, rule)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "words",
        "Create a.py",
        "Updated main.py",
        "The main.py",
        "## The new a.py",
        "Full updated main.py",
        "Inside a.py:",
        "Changes inside a.py",
        "Taken from a.py",
        "On a.py:",
        "Then a.py",
        "Finally a.py",
        "new: a.py",
        "port: a.py",
        "Output: a.py",
        "location: bin/run",
        "- `a.py`: reads the settings",
        "a" * 405 + ".py",
    ],
)
def test_a_phrase_is_no_name(line):
    assert in_line(line) is None


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("Put this in a.py.", ["a.py"]),
        ("Is it a.py? No, b.py!", ["a.py", "b.py"]),
        ("x`a.py`y and c.py", ["a.py", "c.py"]),
        ("`a.py` calls a.py", ["a.py"]),
        ("see `run`, `Dockerfile` and web/Makefile", ["Dockerfile", "web/Makefile"]),
        ("the README says", []),
        (f"{'x' * 400} a.py", []),
    ],
)
def test_the_paths_of_a_sentence(line, paths):
    assert paths_in(line) == paths


@pytest.mark.parametrize(
    ("line", "tag", "path"),
    [
        ("Put this in `a.py`.", "python", "a.py"),
        ("Put this in `a.py`.", "", "a.py"),
        ("Put this in `a.js`.", "python", None),
        ("Put this in `Dockerfile`.", "", "Dockerfile"),
        ("`a.py` reads `b.js`", "python", "a.py"),
        ("`a.py` reads `b.js`", "", None),
        ("`a.py` reads `b.py`", "python", None),
        ("`a.js` reads `b.js`", "python", None),
        ("`Makefile` builds `a.js`", "python", None),
    ],
)
def test_a_sentence_names_a_block_where_only_one_file_can_be_meant(line, tag, path):
    assert in_sentence(line, tag) == (Name(path, "sentence", strong=False) if path else None)


@pytest.mark.parametrize(
    ("lines", "tag", "path"),
    [
        ([], "python", None),
        (["a.py"], "js", "a.py"),
        (["a.py"], "bash", None),
        (["a.py"], "BASH", None),
        (["a.sh"], "bash", "a.sh"),
        (["Create `a.py`:"], "python", "a.py"),
        (["Run `a.py`:", "b.py"], "bash", None),
        (["- a.py", "- b.py"], "python", None),
        (["| a.py |", "| b.py |"], "python", None),
        (["| a.py | starts it |", "| b.py | reads it |"], "python", None),
        (["| a.py |"], "python", "a.py"),
        (["- a.py", "- a.py"], "python", "a.py"),
        (["- a.py", "It calls:", "- b.py"], "python", "a.py"),
        (["- a.py", "b.py"], "python", "a.py"),
    ],
)
def test_the_line_right_above_a_block_names_it(lines, tag, path):
    assert path_of(above(lines, tag)) == path


@pytest.mark.parametrize(
    ("lines", "tag", "path"),
    [
        (["a.py"], "python", "a.py"),
        (["a.py"], "js", None),
        (["It is short.", "a.py"], "python", "a.py"),
        (["Create `a.py`:"], "python", "a.py"),
        (["It reads `a.py`:"], "python", None),
        (["Create `a.js`:"], "python", None),
        (["Before: change `a.py`"], "python", None),
        (["Change what you see in `a.py`"], "", "a.py"),
        (["## About `a.py` here"], "python", "a.py"),
        (["  ## About `a.py` here"], "python", "a.py"),
        (["## Other", "a.py"], "python", None),
        (["a.txt"], "text", None),
        (["a.txt"], "TEXT", None),
        (["## a.txt"], "text", "a.txt"),
        (["## a.py"], "js", None),
    ],
)
def test_lines_further_up_name_a_block_up_to_its_heading(lines, tag, path):
    assert path_of(above(["Some words.", *lines], tag)) == path


def test_after_a_sentence_on_several_files_only_a_name_alone_is_believed():
    several = "It calls `b.py` and `c.py`."

    assert above([several, "Create `a.py`:"], "python") is None
    assert path_of(above([several, "a.py"], "python")) == "a.py"


@pytest.mark.parametrize(
    ("line", "tag", "path"),
    [
        ("Save this as `a.py`", "python", "a.py"),
        ("Save the above in `a.py`.", "", "a.py"),
        ("Put it in a.py", "python", "a.py"),
        ("Place the code in a.py", "python", "a.py"),
        ("Store this in a.py", "python", "a.py"),
        ("Name it a.py", "python", "a.py"),
        ("Saved above as a.py", "python", "a.py"),
        ("Put code like that in a.py", "python", "a.py"),
        ("Save `a.py`", "python", None),
        ("This is `a.py`", "python", None),
        ("Save this as `a.sh`", "bash", None),
        ("Save this as `a.sh`", "SH", None),
    ],
)
def test_the_line_below_a_block_names_it_by_saving_it(line, tag, path):
    assert path_of(below(line, tag)) == path


@pytest.mark.parametrize(
    "line",
    [
        "For example, create a.py",
        "Usage: save it as a.py",
        "Example implementation:",
        "Example config:",
        "Usage: write this",
        "Example file:",
    ],
)
def test_an_example_that_is_to_be_written_is_not_only_shown(line):
    assert not is_shown_only(line, "yaml")


@pytest.mark.parametrize("line", ["Example:", "Before:", "The original code:", "Usage:"])
def test_an_example_is_only_shown(line):
    assert is_shown_only(line, "python")


@pytest.mark.parametrize("tag", ["", "bash", "text", "SH", "TEXT"])
def test_what_is_run_or_spoken_of_is_only_shown_where_the_language_says_nothing(tag):
    assert is_shown_only("Run:", tag)
    assert is_shown_only("See a.py", tag)
    assert not is_shown_only("Run:", "python")
    assert not is_shown_only("See a.py", "python")


@pytest.mark.parametrize("verb", ["create", "save", "write", "update", "add"])
def test_what_is_run_after_it_was_written_is_not_only_shown(verb):
    assert not is_shown_only(f"Install it, then {verb} this:", "")


@pytest.mark.parametrize("line", ["Now a.py:", "Here's a.py", "Some words."])
def test_what_is_made_is_not_only_shown(line):
    assert not is_shown_only(line, "")
