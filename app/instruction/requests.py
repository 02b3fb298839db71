"""Requests: what each part of a sentence asks for, where `and` joins several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.instruction import patterns
from app.instruction.grammar import WORKS_IN, Phrase, phrase_of
from app.instruction.names import Role
from app.instruction.skeleton import MARK, NO_MARK, mark

_MORE = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:,\s*and|,|and|&|\+|plus|as\s+well\s+as)\s+(?:(?:a|an|the|its|another|new|"
    r"tests?|matching|"
    rf"corresponding|file|script|module|also|called|named|in)\s+){{0,4}}{MARK}",
    re.IGNORECASE,
)
_VERBS = "(?:create|write|add|implement|build|generate|make|update|modify|edit|change|fix|extend|append)"
_AND_VERB = re.compile(
    rf"(?:[,;]\s*(?:(?:and|then|plus|also)\s+)*|\b(?:and|then|plus)\s+(?:(?:then|also)\s+)*)"
    rf"(?=(?P<verb>{_VERBS})\b{NO_MARK}*{MARK})",
    re.IGNORECASE,
)
_JOINT = r"(?:\band\b|\bplus\b|\bas\s+well\s+as\b|\balong\s+with\b)"
_AND_NOUN = re.compile(rf"(?P<between>{NO_MARK}*?){_JOINT}(?P<np>{NO_MARK}*){MARK}", re.IGNORECASE)
_AND_A_NOUN = re.compile(rf",\s*{_JOINT}\s+(?:an?|its)\b(?P<np>{NO_MARK}*){MARK}", re.IGNORECASE)
_INTO = re.compile(r"^\s+(?:\S+\s+){1,5}(?:into|to)\s+$", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:that|which|who|to|from|like|using|by|when|if|so|via|see|based|similar|than|for|will|can|should|"
    r"must|not|it)\b",
    re.IGNORECASE,
)
_OF_A_FILE = re.compile(r"create|update|modify|edit", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?!(?:purpose|why|reason|rationale|effect|results?|benefits?|impact|problem|context|description|summary|"
    r"example|note|usage|e\.g|expected|verify|optional|run|output|before|current)\b)"
    r"[^\W\d][\w' /-]{0,40}:\s+(?=\w)",
    re.IGNORECASE,
)
_OF_ANOTHER = ("create", "write", "build", "generate")
_FIRST = re.compile(rf"^\(?{MARK}")


@dataclass(frozen=True, slots=True)
class Request:
    """A phrase, the marks it lists, and the words behind them."""

    phrase: Phrase
    marks: tuple[int, ...]
    tail: str


def requests(sentence: str) -> Iterator[Request]:
    """The requests of a sentence, from left to right."""
    text = sentence
    phrase = phrase_of(text) or _behind_a_lead(text) or _leading(text)
    while phrase:
        marks, tail = _listed(phrase.mark, _after(phrase.mark, text))
        yield Request(phrase, marks, tail)
        phrase = _another_verb(phrase, tail) or _another_noun(phrase, tail)
        text = tail


def _after(number: int, text: str) -> str:
    return text.partition(mark(number))[2]


def _listed(first: int, tail: str) -> tuple[tuple[int, ...], str]:
    """The marks that stand in one list with the first, and what follows the list."""
    group = [first]
    while more := _MORE.match(tail):
        group.append(int(more.group(1)))
        tail = tail[more.end() :]
    return tuple(group), tail


def _another_verb(phrase: Phrase, tail: str) -> Phrase | None:
    """`… and create p`; inside a clause about the first file, only a verb that is said of files, set off.

    Where a sentence works in a file, `In p, add …`, what it adds and changes is in that file.
    """
    match = _AND_VERB.search(tail)
    if match is None or (phrase.reason == WORKS_IN and match.group("verb").lower() not in _OF_ANOTHER):
        return None
    set_off = tail[match.start()] in ",;" or "then" in match.group().lower()
    about_a_file = set_off and _OF_A_FILE.fullmatch(match.group("verb"))
    if _ASIDE.search(tail[: match.start()]) and not about_a_file:
        return None
    return phrase_of(tail[match.end() :])


def _another_noun(phrase: Phrase, tail: str) -> Phrase | None:
    """`… and a test file p`: it shares the verb of what stands before."""
    match = _AND_NOUN.match(tail)
    if match and phrase.role is Role.EDIT and _INTO.search(match.group("np")):
        return Phrase(int(match.groups()[-1]), Role.EDIT, phrase.reason)
    if phrase.role is not Role.CREATE and "asks" not in phrase.reason:
        return None
    if match and not _ASIDE.search(match.group("between")):
        return _as_noun(match, phrase)
    match = _AND_A_NOUN.search(tail)
    return _as_noun(match, phrase) if match else None


def _as_noun(match: re.Match[str], phrase: Phrase) -> Phrase | None:
    words = re.split(rf"{_JOINT}|,", match.group("np"))[-1].strip()
    if len(words.split()) > patterns.SHORT_PHRASE or patterns.NO_FILE.search(words):
        return None
    noun = patterns.NOUN.search(words)
    within = noun and patterns.WITHIN.search(words)
    plain = not words or patterns.PLAIN.fullmatch(words)
    clause = patterns.CLAUSE.search(words) and not within
    if clause or patterns.PART.search(words) or not (plain or noun):
        return None
    return Phrase(int(match.groups()[-1]), Role.CREATE, phrase.reason)


def _behind_a_lead(text: str) -> Phrase | None:
    lead = _LEAD.match(text)
    return phrase_of(text[lead.end() :]) if lead else None


def _leading(text: str) -> Phrase | None:
    """A line that starts with a path: a label where it stands alone, an item of a list where words follow."""
    match = _FIRST.match(text)
    if match is None:
        return None
    tail = text[match.end() :].strip()
    alone = not tail or tail == ":" or (tail.startswith("(") and tail.rstrip(":").endswith(")"))
    return Phrase(int(match.group(1)), Role.FILE if alone else Role.LISTED, "the line starts with it")
