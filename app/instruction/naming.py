"""Naming: the names in one line of prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    r"replace\s+the\s+(?:contents|(?:entire|whole|full)\s+(?:of\s+)?(?:the\s+)?(?:file\s+)?\ue000\d+\ue001)|rewrite\s+the\s+(?:entire|whole)|from\s+scratch|"
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
    r"^\s*[(\[]\s*(?:(?P<create>new|create[ds]?|to\s+be\s+created|added|add(?=\s*[)\]])|write)(?!\w)|"
    r"(?P<edit>(?:to\s+be\s+)?(?:modif\w+|updat\w+|edit\w*|chang\w+|patch\w*|extend\w*)|existing|"
    r"add\s+\w+)\b)|"
    rf"^\s*{_DASH}\s*(?:(?P<creates>new|created?)\s*(?:$|[.,;:(—\u2013-]|(?:file|module|script|class|component|page|table)\b)|"
    r"(?P<edits>modify|modified|updated?|edit(?:ed)?|existing)\s*(?:$|[.,;:(—\u2013-]|file\b))",
    re.IGNORECASE,
)
_HINT = re.compile(
    rf"^\s*{_DASH}\s*(?:(?P<create>new\b|create\b)|(?:add|modify|update|edit|change|patch|fix|extend|replace|"
    r"refactor|append|insert|remove|wire|register)\b)|^\s*,?\s*\(?lines?\s+\d+\)?\s*[:—\u2013-]|^\s+(?:updated|modified|changed|extended|patched|amended)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\ue000])")
_MARK = re.compile(MARK)
_TO_PATH = re.compile(rf"^\s+to\s+{MARK}")


def names_in(lines: Sequence[str], number: int, *, heading: int = 0) -> tuple[Name, ...]:
    """The names in a paragraph that starts on line `number`, in its order; table rows are read elsewhere."""
    if sum(map(len, lines)) > LONGEST_LINE:
        return ()
    bones = skeleton(*lines)
    if not bones.paths:
        return ()
    named: dict[int, Name] = {}
    whole = WHOLE.search(bones.text) is not None
    item = _ITEM.match(lines[0]) is not None
    sentences = _SENTENCE.split(bones.text)
    for order, sentence in enumerate(sentences):
        rest = " ".join(sentences[order + 1 :]) if order < len(sentences) - 1 else ""
        mention = Name(
            path="",
            line=number,
            role=Role.MENTION,
            reason="mentioned",
            heading=heading,
            whole=whole,
            rest=rest,
            until=number + len(lines) - 1,
        )
        for index, request in _asked(sentence):
            if index not in named:
                here = replace(mention, path=bones.paths[index], line=number + bones.lines[index])
                named[index] = _name(here, request, item=item)
    return tuple(named[index] for index in sorted(named))


def _asked(sentence: str) -> Iterator[tuple[int, Request | None]]:
    """The marks of a sentence, each with what the sentence asks of it."""
    marks = [int(match) for match in _MARK.findall(sentence)]
    asked = {index: request for request in requests(sentence) for index in request.marks} if marks else {}
    return ((index, asked.get(index)) for index in marks)


def _name(mention: Name, request: Request | None, *, item: bool) -> Name:
    """A path with a remark behind it labels nothing where it is one item of a list."""
    if request is None:
        return mention
    phrase, tail = request.phrase, request.tail.strip()
    role = _noted(phrase, request.tail)
    listed = item and role is Role.FILE and tail[:1] == "("
    hint = _HINT.match(request.tail) if role is Role.LISTED else None
    return replace(
        mention,
        role=Role.LISTED if listed else role,
        reason=phrase.reason,
        label=not listed and (role not in (Role.LISTED, Role.MENTION) or phrase.role is Role.FILE),
        above=phrase.above,
        hint=(Role.CREATE if hint.group("create") else Role.EDIT) if hint else None,
        tail=tail,
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
