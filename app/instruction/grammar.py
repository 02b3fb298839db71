"""Grammar: what a sentence asks of the files it names.

A phrase is tried at the start of a sentence, in the order labels, places to save to, announced contents,
imperatives that create, imperatives that edit. What none of them reads is a mention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.instruction import patterns
from app.instruction.names import Role

WORKS_IN = "the sentence works in it"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a sentence says of the path with mark `mark`."""

    mark: int
    role: Role
    reason: str
    above: bool = False


def phrase_of(sentence: str) -> Phrase | None:
    """What the sentence asks for, None where it only mentions paths."""
    for reading in (_label, _verb_label, _saved, _announced, _creation, _needed, _new_file, _edit):
        found = reading(sentence)
        if found:
            return found
    return None


def _worded(words: str) -> Role | None:
    match = patterns.ROLE.search(words)
    if match is None:
        return None
    return Role.EDIT if match.group("edit") else Role.CREATE


def _label(text: str) -> Phrase | None:
    match = patterns.LABEL.match(text)
    if match is None:
        return None
    verb = (match.group("verb") or "").split()
    if verb and not patterns.ROLE.search(verb[-1]):
        return None
    before = text[: match.start(match.lastindex or 0)]
    if before.lower().startswith("existing test"):
        return None
    role = _worded(before) or Role.FILE
    label = text[: match.end("what")].lower()
    return Phrase(int(match.groups()[-1]), role, f"labelled `{label}`")


def _verb_label(text: str) -> Phrase | None:
    match = patterns.VERB_LABEL.match(text)
    if match is None:
        return None
    verb = match.group("verb").lower()
    role = Role.CREATE if verb.startswith("create") else _worded(verb) or Role.CREATE
    return Phrase(int(match.groups()[-1]), role, f"labelled `{verb}`")


def _saved(text: str) -> Phrase | None:
    """`Save this as p`: the block below where the line says so or ends in a colon, else the one above."""
    match = patterns.SAVE.match(text) or patterns.GOES.match(text)
    if match is None or patterns.NEGATION.search(match.group()):
        return None
    above = bool(patterns.ABOVE.search(match.group()))
    below = bool(patterns.BELOW.search(match.group())) or text[match.end() :].strip().endswith(":")
    return Phrase(int(match.group(1)), Role.CREATE, "named by where it is saved", above=above or not below)


def _announced(text: str) -> Phrase | None:
    match = patterns.CONTENTS.match(text) or patterns.HOLDING.match(text)
    if match is None:
        return None
    index = next(group for group in match.groups() if group)
    return Phrase(int(index), Role.FILE, "its contents are announced")


def _creation(text: str) -> Phrase | None:
    passive = patterns.PASSIVE.match(text)
    if passive:
        return Phrase(
            int(passive.group(1)), _worded(passive.group("verb")) or Role.EDIT, "the sentence asks for it"
        )
    extracted = patterns.EXTRACT.match(text)
    if extracted:
        return Phrase(int(extracted.group(1)), Role.CREATE, "the sentence asks for it")
    into = patterns.INTO.match(text)
    if into and not patterns.PART.search(into.group("np")) and not patterns.NEGATION.search(into.group()):
        return Phrase(int(into.groups()[-1]), Role.CREATE, "the sentence asks for it")
    tests = patterns.TESTS_FOR.match(text)
    if tests:
        return Phrase(int(tests.group(2)), Role.CREATE, "the sentence asks for it")
    match = patterns.CREATE_FIRST.match(text) or patterns.CREATE_INSIDE.search(text)
    if match is None or patterns.NEGATION.search(text[: match.end()]):
        return None
    verb = re.sub(r"\s+", " ", match.group("verb").lower())
    role = _object_of(verb, match.group("np"), text[match.end() :])
    return Phrase(int(match.groups()[-1]), role, f"the sentence asks to {verb} it") if role else None


def _needed(text: str) -> Phrase | None:
    """`We need a script p`."""
    match = patterns.NEEDED.match(text)
    if match is None or patterns.NEGATION.search(text[: match.end()]):
        return None
    words = match.group("np")
    plain = patterns.PLAIN.fullmatch(words.strip())
    named = patterns.NOUN.search(words) and not patterns.PART.search(words)
    if not plain and not (named and len(words.split()) <= patterns.SHORT_PHRASE):
        return None
    return Phrase(int(match.groups()[-1]), Role.CREATE, "the sentence asks for it")


def _new_file(text: str) -> Phrase | None:
    match = patterns.NEW_FILE.search(text) or patterns.CALLED_NEW.search(text)
    if match is None or patterns.NEGATION.search(text[: match.end()]):
        return None
    return Phrase(int(match.group(1)), Role.CREATE, "the sentence calls it new")


def _object_of(verb: str, phrase: str, tail: str) -> Role | None:
    """What `verb phrase PATH` makes of the path: a file to create, one to work in, or neither."""
    phrase = patterns.AND_THEN_A_PATH.sub("", phrase)
    if patterns.NO_FILE_AFTER.match(tail) or (
        patterns.NO_FILE.search(phrase) and not patterns.NOUN.search(" ".join(phrase.split()[-3:]))
    ):
        return None
    within = patterns.WITHIN.search(phrase)
    if within and phrase.strip().lower() != "in":
        return _part_of(verb, phrase[: within.start()], phrase)
    noun, clause = patterns.NOUN.search(phrase), patterns.CLAUSE.search(phrase)
    if clause and not (
        patterns.CALLED.search(phrase) and patterns.NOUN.search(phrase[: clause.start()] or phrase)
    ):
        return None
    plain = patterns.PLAIN.fullmatch(phrase.strip())
    needs_noun = verb in ("make", "set up", "define") or (
        not plain and verb in ("build", "provide", "introduce")
    )
    if not noun and (needs_noun or (not plain and (verb == "add" or patterns.PART.search(phrase)))):
        return None
    return Role.CREATE if plain or noun or len(phrase.split()) <= patterns.SHORT_PHRASE else None


def _part_of(verb: str, head: str, phrase: str) -> Role | None:
    """`Create X in PATH`: a new file where X is a whole module, work in the file where X is a part of one."""
    if verb == "add" and patterns.TESTS.search(head):
        return Role.CREATE
    if verb in ("make", "set up", "add"):
        return None
    if patterns.PART.search(head):
        return Role.FILE
    words = head.split()
    named = len(words) > 1 and (words[-1] == "~" or words[-1][0].isupper())
    kind = words[-2] if named else words[-1] if words else phrase
    return Role.CREATE if patterns.NOUN.search(kind) else Role.FILE


def _edit(text: str) -> Phrase | None:
    match = patterns.PREPOSITION.match(text)
    if match:
        tail = text[match.end() :]
        more = patterns.MORE_MARKS.match(tail)
        tail = tail[more.end() :] if more else tail
        asks = patterns.IMPERATIVE_TAIL.match(tail) and not text.lower().startswith("to ")
        return Phrase(int(match.group(1)), Role.EDIT, WORKS_IN) if asks else None
    match = patterns.EDIT.match(text)
    target = patterns.TARGET.match(match.group("np")) if match else None
    if match is None or target is None or patterns.NEGATION.search(text[: match.end()]):
        return None
    verb = re.sub(r"\s+", " ", match.group("verb").lower())
    preposition = (target.group("object") or "").strip().rsplit(" ", 1)[-1].lower()
    if not _edits(verb, preposition):
        return None
    return Phrase(int(match.groups()[-1]), Role.EDIT, f"the sentence asks to {verb} it")


def _edits(verb: str, preposition: str) -> bool:
    """True where `verb … preposition PATH` changes the file: `add … to`, but not `import … from`."""
    if not preposition:
        return verb in patterns.DIRECT_EDITS
    if verb in ("import", "find", "move", "rename", "convert") and preposition == "from":
        return False
    return preposition not in ("on", "for", "from", "at") or verb in patterns.LOOSE_EDITS
