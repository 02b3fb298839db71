"""Naming: the names in one line of prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.instruction.grammar import Phrase
from app.instruction.names import Name, Role
from app.instruction.requests import Request, requests
from app.instruction.skeleton import MARK, skeleton

LONGEST_LINE = 4_000
"""A longer line is data, not a sentence that names a file."""

WHOLE = re.compile(
    r"\b(?:(?:full|complete|entire|whole)\s+(?:new\s+)?(?:contents?|code|file|source|listing|version|script|"
    r"implementation|module)|overwrite|full\s+replacement|(?:file|full)\s+contents|"
    r"replace\s+the\s+(?:contents|(?:entire|whole|full)\s+\ue000)|rewrite\s+the\s+(?:entire|whole)|from\s+scratch|"
    r"with\s+(?:this|the|these|following|exactly|exact|the\s+following|"
    r"this\s+exact)\s+(?:exact\s+)?contents?(?=\W*$|\s*[:.,(]))(?!\w)",
    re.IGNORECASE,
)
_IGNORED = (
    r"(?:unchanged|reference|read[- ]only|no\s+changes?|do\s+not|don't|delet\w*|remov\w*|keep|as\s+is|"
    r"untouched|"
    r"reuse\w*|already|exists)"
)
_DASH = r"(?:[—\u2013:-]|->|→)"
_NOTE = re.compile(
    rf"^\s*(?:[(\[]|{_DASH})?\s*(?:this\s+is\s+an?\s+)?(?P<ignored>{_IGNORED})\b|"
    r"^\s*[(\[]\s*(?:(?P<create>new|create[ds]?|to\s+be\s+created|add(?:ed)?|write)\b|"
    r"(?P<edit>(?:to\s+be\s+)?(?:modif\w+|updat\w+|edit\w*|chang\w+|patch\w*|extend\w*)|existing|"
    r"add\s+\w+)\b)|"
    rf"^\s*{_DASH}\s*(?:(?P<creates>new|created?)\s*(?:$|[.,;:(—\u2013-]|(?:file|module|script|class|component|page|table)\b)|"
    r"(?P<edits>modify|modified|updated?|edit(?:ed)?|existing)\s*(?:$|[.,;:(—\u2013-]|file\b))",
    re.IGNORECASE,
)
_HINT = re.compile(
    rf"^\s*{_DASH}\s*(?:(?P<create>new\b|create\b)|(?:add|modify|update|edit|change|patch|fix|extend|replace|"
    r"refactor|append|insert|remove|wire|register)\b)|^\s+(?:updated|modified|changed|extended|patched|amended)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\ue000])")
_MARK = re.compile(MARK)
_TO_PATH = re.compile(rf"^\s+to\s+{MARK}")


def names_in(line: str, number: int, *, heading: int = 0) -> tuple[Name, ...]:
    """The names in one line of prose, in its order; table rows are read elsewhere."""
    if len(line) > LONGEST_LINE:
        return ()
    bones = skeleton(line)
    if not bones.paths:
        return ()
    named: dict[int, Name] = {}
    whole = WHOLE.search(bones.text) is not None
    sentences = _SENTENCE.split(bones.text)
    for order, sentence in enumerate(sentences):
        rest = " ".join(sentences[order + 1 :]) if order < len(sentences) - 1 else ""
        for index, name in _sentence(sentence, bones.paths, number):
            named.setdefault(index, replace(name, heading=heading, whole=whole, rest=rest))
    item = _ITEM.match(line) is not None
    return tuple(_in_item(named[index]) if item else named[index] for index in sorted(named))


def _in_item(name: Name) -> Name:
    """A path with a remark behind it labels nothing where it is one item of a list."""
    return (
        replace(name, role=Role.LISTED, label=False)
        if name.role is Role.FILE and name.tail[:1] == "("
        else name
    )


def _sentence(text: str, paths: tuple[str, ...], number: int) -> Iterator[tuple[int, Name]]:
    marks = [int(match) for match in _MARK.findall(text)]
    asked = {index: request for request in requests(text) for index in request.marks} if marks else {}
    for index in marks:
        request = asked.get(index)
        name = Name(path=paths[index], line=number, role=Role.MENTION, reason="mentioned")
        yield index, _asked(name, request) if request else name


def _asked(name: Name, request: Request) -> Name:
    phrase, tail = request.phrase, request.tail
    role = _noted(phrase, tail)
    hint = _HINT.match(tail) if role is Role.LISTED else None
    return replace(
        name,
        role=role,
        reason=phrase.reason,
        label=role not in (Role.LISTED, Role.MENTION) or phrase.role is Role.FILE,
        above=phrase.above,
        hint=(Role.CREATE if hint.group("create") else Role.EDIT) if hint else None,
        tail=tail.strip(),
    )


def _noted(phrase: Phrase, tail: str) -> Role:
    """The role, once the remark behind the path is heard: `(new)`, `— modify`, `(reference only)`."""
    if phrase.role is Role.EDIT:
        return Role.MENTION if _TO_PATH.match(tail) else Role.EDIT
    note = _NOTE.match(tail)
    if note is None:
        return phrase.role
    if note.group("ignored"):
        return Role.MENTION
    return Role.CREATE if note.group("create") or note.group("creates") else Role.EDIT
