"""The forms that models answer in, as written down in tests/corpus/replies, and what each of them holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.coder.reply import parse

CORPUS = Path(__file__).parents[2] / "corpus" / "replies"


@dataclass
class Form:
    """One answer and what it holds. Sections of a corpus file begin with `%%`, forms with `%%%%`."""

    name: str
    reply: str = ""
    paths: tuple[str, ...] = ()
    files: list[tuple[str | None, str, bool]] = field(default_factory=list)
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def forms() -> Iterator[Form]:
    for file in sorted(CORPUS.glob("*.txt")):
        for part in file.read_text(encoding="utf-8").split("%%%% ")[1:]:
            name, _, body = part.partition("\n")
            yield form(f"{file.stem}: {name}", body)


def form(name: str, body: str) -> Form:
    made, crlf = Form(name), False
    for head, section in re.findall(r"^%% ?(\w.*)\n((?:(?!%% ).*\n)*)", body + "\n", re.MULTILINE):
        kind, _, rest = head.partition(" ")
        text = section.rstrip("\n") + "\n" if section.strip() else ""
        if kind == "crlf":
            crlf = True
        elif kind == "reply":
            made.reply = text.replace("\n", "\r\n") if crlf else text
        elif kind == "paths":
            made.paths = tuple(rest.split())
        elif kind == "problem":
            made.problems.append(rest)
        elif kind == "edit":
            search, _, replace = section.rstrip("\n").partition("%%=")
            made.edits.append((rest, search.removesuffix("\n"), replace.removeprefix("\n")))
        else:
            made.files.append((rest or None, text, kind != "cut"))
    return made


@pytest.mark.parametrize("expected", [pytest.param(f, id=f.name) for f in forms()])
def test_a_form_gives_its_files_edits_and_problems(expected: Form):
    reply = parse(expected.reply, paths=expected.paths)

    files = [(f.path, f.content, f.complete) for f in reply.files]
    if not any(path is None for path, _, _ in expected.files):
        files = [f for f in files if f[0] is not None]
    assert files == expected.files
    assert [(e.path, e.search, e.replace) for e in reply.edits] == expected.edits
    assert [problem.code for problem in reply.problems] == expected.problems


def test_the_corpus_has_all_its_forms():
    assert len(list(forms())) >= 90
