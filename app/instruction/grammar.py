"""Grammar: the phrases in which authors name files, as patterns over a skeleton.

A phrase is tried at the start of a sentence, in the order labels, places to save to, announced contents,
imperatives that create, imperatives that edit. What none of them reads is a mention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.instruction.names import Role
from app.instruction.skeleton import MARK, NO_MARK


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a sentence says of the path with mark `mark`."""

    mark: int
    role: Role
    reason: str
    above: bool = False
    fixed: bool = False


def _words(words: str) -> str:
    """Alternatives from a string of words; `_` stands for white space."""
    return "(?:" + "|".join(word.replace("_", r"\s+") for word in words.split()) + ")"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_DASH = "[—–-]"  # noqa: RUF001 -- authors type en dashes
_LEADING = rf"^(?:{_words('please then next now also and first second third finally lastly afterwards optionally')}[,:]?\s+)*"
_CREATING = _words("creat(?:e|ed|es|ing) new add(?:ed)? write written generate[d]? implement")
_EDITING = _words(
    "modif(?:y|ied|ies|ications?) edit(?:ed|s)? updat(?:e|ed|es) chang(?:e|ed|es) existing patch(?:ed)? fix(?:ed)? "
    "replac(?:e|ed) refactor(?:ed)? extend(?:ed)? append(?:ed)? amend(?:ed)? alter(?:ed)? append_to add_to insert_\\w+"
)
_ROLE = _pattern(rf"\b(?:(?P<edit>{_EDITING})|(?P<create>{_CREATING}))\b")

_KINDS = _words(
    "new target output existing source config(?:uration)? test script main the primary full unit service migration "
    "schema module sql python key affected modified created? backend frontend"
)
_WHAT = _words(
    "files?(?:\\s?paths?|\\s?names?)? filepath filename paths? location output target destination script module "
    "save_(?:as|to|at) write_to component deliverable migration unit config"
)
_LABEL = _pattern(
    rf"^(?:{_KINDS}\s+)*(?P<what>{_WHAT})(?:\(s\))?(?:\s+(?:location|path|name))?\s*(?:\#?\d+[a-z]?)?"
    rf"(?:\s*(?:of|/)\s*\d+)?(?P<verb>(?:\s+(?:to|being|is|will|be|for))*\s+\w+)?\s*(?:\([^)]*\))?\s*(?::|=|{_DASH})\s*"
    rf"(?:(?:create|new|modify|update|edit|the|file|a)\s+)*:?\s*{MARK}"
)
_LABEL_VERBS = _words(
    "create/overwrite create_or_replace append_to add_to insert_(?:in|into) creates? new add write modify edit update "
    "change patch fix replace append modifies updates? created modified updated implement extend"
)
_THING = _words("files? scripts? modules? units? service tests?")
_VERB_LABEL = _pattern(
    rf"^(?P<verb>{_LABEL_VERBS})(?:\s+{_words('a an the new existing this following these python test config systemd sql')})*"
    rf"(?:\s+{_THING})?\s*(?:\([^)]*\))?\s*(?::|{_DASH})\s*{MARK}"
)

_SAVED = _words(
    "this it that the above following below code script file contents? block module config(?:uration)? everything all "
    "here snippet unit sql yaml json these lines text class program"
)
_SAVE = _pattern(
    rf"{_LEADING}{_words('save store put place write drop paste')}\b(?:\s+{_SAVED})*\s+(?:as|to|in|at|into|under)\s+"
    rf"(?:the\s+file\s+|a\s+(?:new\s+)?file\s+(?:called\s+|named\s+)?)?{MARK}"
)
_GOES = _pattern(
    rf"^(?:the\s+)?{_words('above this preceding following code block file script module contents? it')}(?:\s+\w+){{0,3}}?\s+"
    rf"{_words('goes go belongs lives is should must becomes will')}(?:\s+(?:be|saved|stored|placed|written|named|live|go))*"
    rf"\s*(?:in|into|at|as|to|under|called)?\s+{MARK}"
)
_FULL = _words("full complete entire final new whole exact updated")
_CONTENTS = _pattern(
    rf"^(?:here\s+(?:is|are)\s+|this\s+is\s+|use\s+)?(?:the\s+)?(?:{_FULL}\s+)*{_words('contents? code source listing file version text')}"
    rf"\s+(?:of|for|in)\s+(?:the\s+)?(?:new\s+)?(?:file\s+)?{MARK}|"
    rf"^(?:the\s+)?(?:file\s+)?{MARK}(?:\s+file)?(?:'s)?\s+(?:(?:should|must|needs\s+to|will)\s+(?:contain|look\s+like|read)|"
    rf"(?:full\s+|complete\s+)?contents?|with\s+(?:this|these|the\s+following)|contains|reads)\b|"
    rf"^here\s+is\s+(?:the\s+)?(?:new\s+|full\s+)?{MARK}"
)
_PASSIVE = _pattern(
    rf"^(?:the\s+|a\s+|new\s+)*(?:files?\s+|scripts?\s+|module\s+)?{MARK}\s+{_words('needs_to should must has_to shall will')}\s+be\s+"
    rf"(?P<verb>{_words('created written added modified updated edited changed extended replaced')})"
)

_CREATE = rf"(?P<verb>{_words('create write generate make implement develop add scaffold produce draft author build set_up provide deliver introduce define')})\b"
_CREATE_FIRST = _pattern(rf"{_LEADING}{_CREATE}(?P<np>{NO_MARK}*){MARK}")
_ASKS = _words(
    "needs?_to has_to have_to is_to are_to wants?_(?:you_)?to asked_to you_to will should must shall please let's going_to and then"
)
_CREATE_INSIDE = _pattern(rf"(?:\b{_ASKS}|,)\s+(?:then\s+|also\s+)?{_CREATE}(?P<np>{NO_MARK}*){MARK}")
_TESTS_FOR = _pattern(
    rf"{_LEADING}(?:write|create|add|implement)\s+(?:\w+\s+){{0,3}}(?:tests?|suite|specs?|docs?|documentation|wrapper|config\w*)\s+"
    rf"(?:for|of|around)\s+(?:the\s+)?{MARK}\s+(?:in|at|as|to|under)\s+{MARK}"
)
_NOUN = _pattern(
    r"\b"
    + _words(
        "files? scripts? modules? tests? suite package program service units? timer config(?:uration)? migration schema page "
        "component template document documentation docs? readme class daemon wrapper dockerfile makefile workflow manifest "
        "stylesheet spec notebook playbook utility tool app application server client library runner worker report guide cli "
        "helper hook store runbook patch"
    )
    + r"\b"
)
_PART = _pattern(
    r"\b"
    + _words(
        "functions? methods? endpoints? routes? constants? variables? fields? columns? sections? entry entries imports? "
        "handlers? lines? blocks? attribute property parameter argument option setting key stanza rule case branch alias export "
        "index reference call check guard flag decorator comment docstring tab button link"
    )
    + r"\b"
)
_CLAUSE = _pattern(
    r"\b"
    + _words(
        "that which who to from like using with of into on by if when where via see based reading so because whose for similar "
        "than against after before run running per containing is are not"
    )
    + r"\b"
)
_CALLED = _pattern(rf"(?:\b(?:called|named|at|as|under|path)|[:(]|{_DASH})\s*(?:the\s+path\s+)?$")
_WITHIN = _pattern(
    r"\b(?:in|inside|within)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:files?|modules?|scripts?)?\s*(?:called|named)?\s*$"
)
_NO_FILE = _pattern(
    r"\b"
    + _words(
        "director(?:y|ies) folders? symlink backup copy table user database branch repository venv environment"
    )
    + r"\b"
)
_NO_FILE_AFTER = _pattern(
    r"\s*(?:director(?:y|ies)|folders?|tables?|branch|endpoint|route|executable|class|function|\()\b"
)
_PLAIN = _pattern(
    rf"(?:{_words('the a an new two three four five six following these both files? [0-9]+ also one only')}[\s:,]*)*"
)
_TESTS = _pattern(r"\btests?\b")
_SHORT_PHRASE = 6

_DIRECT_EDITS = frozenset(
    ["modify", "edit", "update", "change", "patch", "fix", "refactor", "extend", "adjust", "enhance", "open", "rewrite",
     "configure", "replace", "improve", "harden", "clean up", "simplify", "correct", "migrate", "convert", "augment",
     "alter", "tweak"]
)  # fmt: skip
_LOOSE_EDITS = frozenset(["add", "remove", "delete", "fix", "update", "change", "insert", "modify"])
_EDIT_VERBS = _words(
    "modify edit update change patch fix replace refactor extend add append insert remove delete wire register integrate adjust "
    "enhance prepend open rewrite configure bump set swap comment_out uncomment import hook put place define find locate include "
    "expose mount improve harden apply convert migrate clean_up simplify correct enable disable implement introduce make paste "
    "inject augment alter tweak rename move create"
)
_EDIT = _pattern(rf"{_LEADING}(?P<verb>{_EDIT_VERBS})\b(?P<np>{NO_MARK}*){MARK}")
_TARGET = re.compile(
    r"^(?P<object>.*?\b(?:in|inside|into|within|to|of|from|at|on|for|:))?\s*"
    r"(?:(?:the|existing|current|file|module|script|main|our|this|top|bottom|end|beginning|start|of|in|config|configuration|"
    r"service|unit|test|your|both|system|systemd)\s+)*$",
    re.IGNORECASE | re.DOTALL,
)
_PREPOSITION = _pattern(
    rf"{_LEADING}(?:(?:in|inside|within|to|for|(?:changes?|edits?|modifications?|updates?|additions?)\s+(?:to|in|for|of)|"
    rf"modifying|updating|editing|(?:at|near)\s+the\s+(?:top|bottom|end|beginning|start)\s+of|"
    rf"(?:after|before|around|at|on)\s+[^.\ue000]{{0,60}}?\s(?:in|of))\s+)(?:the\s+)?"
    rf"(?:{_words('same existing main test file module script config new')}\s+){{0,2}}{MARK}"
)
_IMPERATIVE_TAIL = _pattern(
    rf"^\s*(?:\([^)]*\)\s*)?(?:$|:|{_DASH}|[,;]?\s*(?:and\s+|also\s+|then\s+)?"
    + _words(
        "find add replace change update insert modify locate remove import delete edit append set apply make wrap register define "
        "extend fix move rename use after before at on around near under inside within line lines look swap put the_following "
        "in_the just right immediately below above create implement"
    )
    + r"\b)"
)
_NEGATION = _pattern(
    r"\b(?:do\s+not|don't|never|must\s+not|should\s+not|shouldn't|avoid|without|no\s+need|cannot|won't|instead\s+of|rather\s+than|"
    r"not\s+(?:to\s+)?(?:create|modify|touch|edit|change))\b"
)
_BELOW = _pattern(r"\b(?:below|following)\b")
_ABOVE = _pattern(r"\b(?:above|preceding)\b")


def phrase_of(sentence: str) -> Phrase | None:
    """What the sentence asks for, None where it only mentions paths."""
    for reading in (_label, _verb_label, _saved, _announced, _creation, _edit):
        found = reading(sentence)
        if found:
            return found
    return None


def _worded(words: str) -> Role | None:
    match = _ROLE.search(words)
    if match is None:
        return None
    return Role.EDIT if match.group("edit") else Role.CREATE


def _label(text: str) -> Phrase | None:
    match = _LABEL.match(text)
    if match is None:
        return None
    verb = (match.group("verb") or "").split()
    if verb and not _ROLE.search(verb[-1]):
        return None
    before = text[: match.start(match.lastindex or 0)]
    role = _worded(before) or Role.FILE
    return Phrase(int(match.groups()[-1]), role, f"labelled `{match.group('what').lower()}`")


def _verb_label(text: str) -> Phrase | None:
    match = _VERB_LABEL.match(text)
    if match is None:
        return None
    verb = match.group("verb").lower()
    role = Role.CREATE if verb.startswith("create") else _worded(verb) or Role.CREATE
    return Phrase(int(match.groups()[-1]), role, f"labelled `{verb}`")


def _saved(text: str) -> Phrase | None:
    """`Save this as p`: the block below where the line says so or ends in a colon, otherwise the one above."""
    match = _SAVE.match(text) or _GOES.match(text)
    if match is None or _NEGATION.search(match.group()):
        return None
    above = bool(_ABOVE.search(match.group()))
    below = bool(_BELOW.search(match.group())) or text[match.end() :].strip().endswith(":")
    return Phrase(int(match.group(1)), Role.CREATE, "named by where it is saved", above=above or not below)


def _announced(text: str) -> Phrase | None:
    match = _CONTENTS.match(text)
    if match is None:
        return None
    index = next(group for group in match.groups() if group)
    return Phrase(int(index), Role.FILE, "its contents are announced")


def _creation(text: str) -> Phrase | None:
    passive = _PASSIVE.match(text)
    if passive:
        return Phrase(
            int(passive.group(1)), _worded(passive.group("verb")) or Role.EDIT, "the sentence asks for it"
        )
    tests = _TESTS_FOR.match(text)
    if tests:
        return Phrase(int(tests.group(2)), Role.CREATE, "the sentence asks for it")
    match = _CREATE_FIRST.match(text) or _CREATE_INSIDE.search(text)
    if match is None or _NEGATION.search(text[: match.end()]):
        return None
    verb = re.sub(r"\s+", " ", match.group("verb").lower())
    role = _object_of(verb, match.group("np"), text[match.end() :])
    return Phrase(int(match.groups()[-1]), role, f"the sentence asks to {verb} it") if role else None


def _object_of(verb: str, phrase: str, tail: str) -> Role | None:
    """What `verb phrase PATH` makes of the path: a file to create, one to work in, or neither."""
    if _NO_FILE_AFTER.match(tail) or (
        _NO_FILE.search(phrase) and not _NOUN.search(" ".join(phrase.split()[-3:]))
    ):
        return None
    within = _WITHIN.search(phrase)
    if within and phrase.strip().lower() != "in":
        return _part_of(verb, phrase[: within.start()], phrase)
    noun, clause = _NOUN.search(phrase), _CLAUSE.search(phrase)
    if clause and not (_CALLED.search(phrase) and _NOUN.search(phrase[: clause.start()] or phrase)):
        return None
    plain = _PLAIN.fullmatch(phrase.strip())
    needs_noun = verb in ("make", "build", "set up", "provide", "define", "introduce")
    if not noun and (needs_noun or (not plain and (verb == "add" or _PART.search(phrase)))):
        return None
    return Role.CREATE if plain or noun or len(phrase.split()) <= _SHORT_PHRASE else None


def _part_of(verb: str, head: str, phrase: str) -> Role | None:
    """`Create X in PATH`: a new file where X is a whole module, work in the file where X is a part of one."""
    if verb == "add" and _TESTS.search(head):
        return Role.CREATE
    if verb in ("make", "set up", "add"):
        return None
    if _PART.search(head):
        return Role.FILE
    return Role.CREATE if _NOUN.search(phrase) else Role.FILE


def _edit(text: str) -> Phrase | None:
    match = _PREPOSITION.match(text)
    if match:
        asks = _IMPERATIVE_TAIL.match(text[match.end() :]) and not text.lower().startswith("to ")
        return (
            Phrase(int(match.group(1)), Role.EDIT, "the sentence works in it", fixed=True) if asks else None
        )
    match = _EDIT.match(text)
    target = _TARGET.match(match.group("np")) if match else None
    if match is None or target is None or _NEGATION.search(text[: match.end()]):
        return None
    verb = re.sub(r"\s+", " ", match.group("verb").lower())
    preposition = (target.group("object") or "").strip().rsplit(" ", 1)[-1].lower()
    if not _edits(verb, preposition):
        return None
    return Phrase(int(match.groups()[-1]), Role.EDIT, f"the sentence asks to {verb} it", fixed=True)


def _edits(verb: str, preposition: str) -> bool:
    """True where `verb … preposition PATH` changes the file: `add … to`, `modify`, but not `import … from`."""
    if not preposition:
        return verb in _DIRECT_EDITS
    if verb in ("import", "find", "move", "rename", "convert") and preposition == "from":
        return False
    return preposition not in ("on", "for", "from", "at") or verb in _LOOSE_EDITS
