"""Names: which line of prose names which file, and whether it asks to create it or to edit it.

A line is read as a skeleton: every path in it becomes a mark, emphasis and other code spans go, and one
short grammar of labels, imperatives and prepositions decides the role of each path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from app.instruction.paths import as_path, as_weak_path

LONGEST_LINE = 4_000
"""A longer line is data, not a sentence that names a file."""


class Role(Enum):
    CREATE = "create"
    EDIT = "edit"
    FILE = "file"
    LISTED = "listed"
    MENTION = "mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A path in a line and what the line says about it.

    `whole`: the line announces full contents. `above`: it names the block above it. `label`: it stands as a
    label (`File: p`, a heading), so it may name a block. `siblings`: paths the same phrase names with equal rank.
    """

    path: str
    line: int
    role: Role
    reason: str
    whole: bool = False
    above: bool = False
    label: bool = False
    heading: int = 0
    siblings: tuple[str, ...] = ()
    tail: str = ""


_P = "\ue000(\\d+)\ue001"
_ANY_P = "\ue000\\d+\ue001"
_SPAN = re.compile(r"(`+)([^`]+)\1")
_WORD = re.compile(r"[^\s]+")
_LEAD = re.compile(r"^\s*(?:>\s*)*(?:#{1,6}\s+)?(?:[-*+•]\s+|\d+[.)]\s+)?(?:\[[ xX]\]\s+)?")
_DECORATION = re.compile(r"^[^\w\ue000/.~(\[]+")
_ORDINAL = re.compile(
    r"^(?:(?:step|phase|task|part|section|stage|item|fix|action|subtask|change|deliverable|edit|patch|component|option|"
    r"bug|issue)\s*\#?[\d.]*[a-z]?\b|\(?[\d.]+[a-z]?\)?|[a-z]\))\s*(?:[:.)]|[—–-])\s*|^\d+(?:\.\d+)+\s+",
    re.IGNORECASE,
)
_ADVERB = (
    r"(?:(?:please|then|next|now|also|and|first|second|third|finally|lastly|afterwards|optionally)[,:]?\s+)*"
)
_CREATE_WORD = r"(?:creat(?:e|ed|es|ing)|new|add(?:ed)?|write|written|to be created|generated?)"
_EDIT_WORD = (
    r"(?:modif(?:y|ied|ies|ication|ications)|edit(?:ed|s)?|updat(?:e|ed|es)|chang(?:e|ed|es)|existing|patch(?:ed)?|"
    r"fix(?:ed)?|replac(?:e|ed)|refactor(?:ed)?|extend(?:ed)?|append(?:ed)?|amend(?:ed)?|alter(?:ed)?)"
)
_IGNORE_WORD = r"(?:unchanged|reference|read[- ]only|no changes?|do not|don't|delet\w*|remov\w*|keep|as is|untouched|reuse\w*|already)"
_LABEL = re.compile(
    r"^(?:(?:new|target|output|existing|source|config(?:uration)?|test|script|main|the|primary|full|unit|service|"
    r"migration|schema|module|sql|python|key|affected|modified|created?|backend|frontend)\s+)*"
    r"(?P<what>files?(?:\s?paths?|\s?names?)?|filepath|filename|paths?|location|output|target|destination|script|module|"
    r"save\s+(?:as|to|at)|write\s+to|component|deliverable|migration|unit|config)(?:\(s\))?"
    r"(?:\s+(?:location|path|name))?\s*(?:\#?\d+[a-z]?)?(?:\s*(?:of|/)\s*\d+)?"
    r"(?P<verb>(?:\s+(?:to|being|is|will|be|for))*\s+\w+)?\s*(?:\((?P<note>[^)]*)\))?\s*(?::|=|[—–-])\s*"
    rf"(?P<between>(?:(?:create|new|modify|update|edit|the|file|a)\s+)*:?\s*){_P}",
    re.IGNORECASE,
)
_VERB_LABEL = re.compile(
    r"^(?P<verb>create|new|add|write|modify|edit|update|change|patch|fix|replace|append(?:\s+to)?|add\s+to|insert\s+(?:in|into)|"
    r"creates?|modifies|updates?|created|modified|updated|create/overwrite|create\s+or\s+replace|implement|extend)"
    r"(?:\s+(?:a|an|the|new|existing|this|following|these|python|test|config|systemd|service|sql|migration))*"
    rf"(?:\s+(?:files?|scripts?|modules?|units?|service|tests?))?\s*(?:\([^)]*\))?\s*(?::|[—–-])\s*{_P}",
    re.IGNORECASE,
)
_CREATE = (
    r"(?P<verb>create|write|generate|make|implement|develop|add|scaffold|produce|draft|author|build|set\s+up|provide|"
    r"deliver|introduce|define)\b"
)
_CREATE_SENTENCE = re.compile(rf"^{_ADVERB}{_CREATE}(?P<np>[^\ue000]*){_P}", re.IGNORECASE)
_CREATE_INSIDE = re.compile(
    r"(?:\b(?:needs?|has|have|is|are|wants?(?:\s+you)?|asked|task\s+is|goal\s+is|job\s+is|like\s+you|you)\s+to|\bwill|"
    rf"\bshould|\bmust|\bshall|\bplease|\blet's|\bgoing\s+to|\band|\bthen|,)\s+(?:then\s+|also\s+)?{_CREATE}(?P<np>[^\ue000]*){_P}",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    rf"^(?:the\s+|a\s+|new\s+)*(?:files?\s+|scripts?\s+|module\s+)?{_P}\s+(?:needs\s+to|should|must|has\s+to|shall|will)\s+be\s+"
    r"(?P<verb>created|written|added|modified|updated|edited|changed|extended|replaced)",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?:files?|scripts?|modules?|tests?|suite|package|program|service|units?|timer|config(?:uration)?|migration|schema|page|"
    r"component|template|document|documentation|doc|docs|readme|class|daemon|wrapper|dockerfile|makefile|workflow|manifest|"
    r"stylesheet|spec|notebook|playbook|utility|tool|app|application|server|client|library|table|runner|worker|report|guide|cli|"
    r"helper|hook|store|runbook|patch)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:functions?|methods?|endpoints?|routes?|constants?|variables?|fields?|columns?|sections?|entry|entries|imports?|"
    r"handlers?|lines?|blocks?|attribute|property|parameter|argument|option|setting|key|stanza|rule|case|branch|alias|export|"
    r"index|reference|call|check|guard|flag|decorator|comment|docstring|hook|tab|button|link)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:that|which|who|to|from|like|using|with|of|into|on|by|if|when|where|via|see|based|reading|so|because|whose|"
    r"for|similar|than|against|after|before|run|running|per|containing|is|are|not)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:\b(?:called|named|at|as|under|path)|[:(—–-])\s*(?:the\s+path\s+)?$", re.IGNORECASE)
_INTO = re.compile(
    r"\b(?:in|inside|within)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:files?|modules?|scripts?)?\s*(?:called|named)?\s*$",
    re.IGNORECASE,
)
_OTHER_OBJECT = re.compile(
    r"\b(?:directory|director(?:y|ies)|folders?|symlink|backup|copy|table|user|database|branch|repository|venv|environment)\b",
    re.IGNORECASE,
)
_EDIT_SENTENCE = re.compile(
    rf"^{_ADVERB}(?P<verb>modify|edit|update|change|patch|fix|replace|refactor|extend|add|append|insert|remove|delete|wire|register|"
    r"integrate|adjust|enhance|prepend|open|rewrite|configure|bump|set|swap|comment\s+out|uncomment|import|hook|put|place|define|"
    r"find|locate|change|include|expose|mount|improve|harden|apply|convert|migrate|clean\s+up|simplify|correct|enable|disable|"
    rf"implement|introduce|make|paste|inject|augment|alter|tweak|rename|move)\b(?P<np>[^\ue000]*){_P}",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"^(?P<object>.*?\b(?:in|inside|into|within|to|of|from|at|on|for|:))?\s*(?:(?:the|existing|current|file|module|script|main|our|"
    r"this|top|bottom|end|beginning|start|of|in|config|configuration|service|unit|test|your|both|system|systemd)\s+)*$",
    re.IGNORECASE | re.DOTALL,
)
_PREPOSITION = re.compile(
    rf"^{_ADVERB}(?:(?:in|inside|within|to|for|changes?\s+(?:to|in|for)|edits?\s+(?:to|in|for)|modifications?\s+(?:to|in|of)|updates?\s+"
    r"(?:to|in|for|of)|modifying|updating|editing|additions?\s+(?:to|in)|(?:at|near)\s+the\s+(?:top|bottom|end|beginning|start)\s+of|"
    r"(?:after|before|around|at|on)\s+[^.\ue000]{0,60}?\s(?:in|of))\s+)(?:the\s+)?(?:(?:same|existing|main|test|file|module|script|"
    rf"config|new)\s+){{0,2}}{_P}",
    re.IGNORECASE,
)
_IMPERATIVE_TAIL = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:$|:|[—–-]|[,;]?\s*(?:and\s+|also\s+|then\s+)?(?:find|add|replace|change|update|insert|modify|locate|remove|import|"
    r"delete|edit|append|set|apply|make|wrap|register|define|extend|fix|move|rename|use|after|before|at|on|around|near|under|"
    r"inside|within|line|lines|look|swap|put|the\s+following|in\s+the|just|right|immediately|below|above|create|implement)\b)",
    re.IGNORECASE,
)
_SAVE = re.compile(
    rf"^{_ADVERB}(?:save|store|put|place|write|drop|paste)\b(?:\s+(?:this|it|that|the|above|following|below|code|script|file|contents?|block|"
    r"module|config(?:uration)?|everything|all|here|snippet|unit|sql|yaml|json|these|lines|text|class|program))*\s+"
    rf"(?:as|to|in|at|into|under)\s+(?:the\s+file\s+|a\s+(?:new\s+)?file\s+(?:called\s+|named\s+)?)?{_P}",
    re.IGNORECASE,
)
_GOES = re.compile(
    r"^(?:the\s+)?(?:above|this|preceding|following|code|block|file|script|module|contents?|it)(?:\s+\w+){0,3}?\s+(?:goes|go|belongs|lives|is|should|"
    rf"must|becomes|will)(?:\s+(?:be|saved|stored|placed|written|named|live|go))*\s*(?:in|into|at|as|to|under|called)?\s+{_P}",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    rf"^(?:here\s+(?:is|are)\s+|this\s+is\s+|use\s+)?(?:the\s+)?(?:(?:full|complete|entire|final|new|whole|exact|updated)\s+)*"
    rf"(?:contents?|code|source|listing|file|version|text)\s+(?:of|for|in)\s+(?:the\s+)?(?:new\s+)?(?:file\s+)?{_P}|"
    rf"^(?:the\s+)?(?:file\s+)?{_P}(?:\s+file)?(?:'s)?\s+(?:(?:should|must|needs\s+to|will)\s+(?:contain|look\s+like|read)|"
    rf"(?:full\s+|complete\s+)?contents?|with\s+(?:this|these|the\s+following)|contains|reads)\b|^here\s+is\s+(?:the\s+)?(?:new\s+|full\s+)?{_P}",
    re.IGNORECASE,
)
WHOLE = re.compile(
    r"\b(?:(?:full|complete|entire|whole)\s+(?:new\s+)?(?:contents?|code|file|source|listing|version|script|implementation|module)|"
    r"overwrite|full\s+replacement|(?:file|full)\s+contents|with\s+(?:this|the|these|following|exactly|exact|the\s+following|"
    r"this\s+exact)\s+(?:exact\s+)?contents?|replace\s+the\s+(?:entire|whole|full|contents)|rewrite\s+the\s+(?:entire|whole)|from\s+scratch)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:do\s+not|don't|never|must\s+not|should\s+not|shouldn't|avoid|without|no\s+need|not\s+(?:to\s+)?(?:create|modify|touch|edit|change)|"
    r"instead\s+of|rather\s+than|cannot|won't)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:,|and|&|\+|plus|,\s*and|as\s+well\s+as)\s+(?:(?:a|an|the|its|another|new|test|tests|matching|corresponding|file|script|"
    rf"module|also|called|named|in)\s+){{0,4}}{_P}",
    re.IGNORECASE,
)
_TAIL_ROLE = re.compile(
    rf"^\s*(?:[(\[]|[—–:-]|->|→)?\s*(?:\*|this\s+is\s+an?\s+)?(?P<ignore>{_IGNORE_WORD})\b|^\s*(?:[(\[]|[—–:-]|->|→)\s*(?:(?P<create>{_CREATE_WORD})|"
    rf"(?P<edit>{_EDIT_WORD}))\b",
    re.IGNORECASE,
)
_ROLE_WORD = re.compile(
    rf"\b(?:(?P<create>{_CREATE_WORD})|(?P<edit>{_EDIT_WORD}|append\s+to|add\s+to|insert\s+\w+))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\ue000])")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A line with its paths marked; `bare` is the text without its list marker, heading marks and ordinals."""

    text: str
    paths: tuple[str, ...]


def skeleton(line: str) -> Skeleton:
    """The line's words with each path replaced by a mark, without decoration in front."""
    paths: list[str] = []

    def mark(path: str) -> str:
        paths.append(path)
        return f"\ue000{len(paths) - 1}\ue001"

    def span(match: re.Match[str]) -> str:
        content = match.group(2).strip()
        path = as_path(content, quoted=True)
        if path is None and "/" in content:
            path = as_weak_path(content)
            return f"{mark(path)}" if path and _looks_executable(content) else " ‹› "
        return mark(path) if path else " ‹› "

    text = _SPAN.sub(span, _LEAD.sub("", line, count=1))
    text = text.replace("**", "").replace("__ ", " ")
    if "." in text or "/" in text:
        text = _WORD.sub(lambda match: _bare(match.group(), mark), text)
    while True:
        shorter = _DECORATION.sub("", text, count=1)
        shorter = _ORDINAL.sub("", shorter, count=1) if not _LABEL.match(shorter) else shorter
        if shorter == text:
            return Skeleton(text.strip(), tuple(paths))
        text = shorter


def _looks_executable(token: str) -> bool:
    return any(part in token for part in ("bin/", "/etc/", "hooks/", "scripts/", "cron.d/"))


def _bare(word: str, mark: object) -> str:
    if "\ue000" in word or not callable(mark):
        return word
    core = word.strip(",;:!?()[]\"'*")
    core = core.removesuffix(".")
    path = as_path(core, quoted=False) if core else None
    return word.replace(core, str(mark(path)), 1) if path else word


def names_in(line: str, number: int, *, heading: int = 0) -> tuple[Name, ...]:
    """The names in one line of prose; table rows are read elsewhere."""
    if len(line) > LONGEST_LINE:
        return ()
    bones = skeleton(line)
    if not bones.paths:
        return ()
    named: dict[int, Name] = {}
    for sentence in _SENTENCE.split(bones.text):
        for index, name in _sentence(sentence, bones.paths, number):
            named.setdefault(
                index, replace(name, heading=heading, whole=name.whole or bool(WHOLE.search(bones.text)))
            )
    return tuple(named[index] for index in sorted(named))


def _sentence(text: str, paths: tuple[str, ...], number: int) -> Iterator[tuple[int, Name]]:
    found = (
        _label(text)
        or _verb_label(text)
        or _save(text)
        or _contents(text)
        or _create(text)
        or _edit(text)
        or _leading(text)
    )
    marks = [int(n) for n in re.findall(_P, text)]
    if found is None:
        for index in marks:
            yield index, Name(path=paths[index], line=number, role=Role.MENTION, reason="mentioned")
        return
    index, role, reason, flags = found
    first = text.index(f"\ue000{index}\ue001")
    group = [index]
    tail = text[first + len(f"\ue000{index}\ue001") :]
    while more := _MORE.match(tail):
        group.append(int(more.group(1)))
        tail = tail[more.end() :]
    note = (
        _TAIL_ROLE.match(tail)
        if role in (Role.FILE, Role.LISTED, Role.CREATE) and "verb" not in flags
        else None
    )
    if note:
        role = Role.MENTION if note.group("ignore") else Role.CREATE if note.group("create") else Role.EDIT
    if role is Role.EDIT and re.match(r"^\s+to\s+" + _ANY_P, tail):
        role = Role.MENTION
    siblings = tuple(paths[n] for n in group) if len(group) > 1 else ()
    for n in marks:
        if n in group:
            yield (
                n,
                Name(
                    path=paths[n],
                    line=number,
                    role=role,
                    reason=reason,
                    above="above" in flags,
                    label="label" in flags,
                    siblings=siblings,
                    tail=tail.strip(),
                ),
            )
        else:
            yield n, Name(path=paths[n], line=number, role=Role.MENTION, reason="mentioned")


Found = tuple[int, Role, str, frozenset[str]]


def _found(index: str, role: Role, reason: str, *flags: str) -> Found:
    return int(index), role, reason, frozenset(flags)


def _worded(words: str) -> Role | None:
    match = _ROLE_WORD.search(words)
    if match is None:
        return None
    return Role.CREATE if match.group("create") else Role.EDIT


def _label(text: str) -> Found | None:
    match = _LABEL.match(text)
    if match is None:
        return None
    before = text[: match.start(match.lastindex or 0)]
    verb = (match.group("verb") or "").split()
    if verb and not _ROLE_WORD.search(verb[-1]):
        return None
    role = _worded(before.replace("add to", "append to")) or Role.FILE
    what = match.group("what").lower()
    strong = what.startswith(("file", "script", "module", "target", "component", "deliverable"))
    return _found(match.groups()[-1], role, f"labelled `{what}`", "label", *(["strong"] if strong else []))


def _verb_label(text: str) -> Found | None:
    match = _VERB_LABEL.match(text)
    if match is None:
        return None
    verb = match.group("verb").lower()
    role = Role.EDIT if " " in verb and not verb.startswith("create") else _worded(verb) or Role.CREATE
    return _found(match.groups()[-1], role, f"labelled `{verb}`", "label")


def _save(text: str) -> Found | None:
    match = _SAVE.match(text) or _GOES.match(text)
    if match is None or _NEGATION.search(match.group()):
        return None
    above = "above" in match.group().lower() or "preceding" in match.group().lower()
    after = (
        text[match.end() :].strip().endswith(":")
        or "below" in match.group().lower()
        or "following" in match.group().lower()
    )
    flags = [] if after and not above else ["above"]
    return _found(match.group(1), Role.CREATE, "named by where it is saved", "label", *flags)


def _contents(text: str) -> Found | None:
    match = _CONTENTS.match(text)
    if match is None:
        return None
    index = next(group for group in match.groups() if group)
    return _found(index, Role.FILE, "its contents are announced", "label")


def _create(text: str) -> Found | None:
    passive = _PASSIVE.match(text)
    if passive:
        return _found(
            passive.group(1), _worded(passive.group("verb")) or Role.EDIT, "the sentence asks for it", "label"
        )
    match = _CREATE_SENTENCE.match(text) or _CREATE_INSIDE.search(text)
    if match is None or _NEGATION.search(text[: match.end()]):
        return None
    verb, phrase = match.group("verb").lower(), match.group("np")
    tail = text[match.end() :]
    role = _object_of(verb, phrase, tail)
    return _found(match.groups()[-1], role, f"the sentence asks to {verb} it", "label") if role else None


def _object_of(verb: str, phrase: str, tail: str) -> Role | None:
    """What `verb phrase PATH` makes of the path: a file to create, one to look at, or nothing."""
    if re.match(
        r"\s*(?:director(?:y|ies)|folders?|tables?|branch|endpoint|route|executable|class|function|\()\b",
        tail,
        re.IGNORECASE,
    ):
        return None
    if _OTHER_OBJECT.search(phrase) and not _NOUN.search(phrase.rsplit(" ", 3)[-1]):
        return None
    words = phrase.strip().lower()
    into = _INTO.search(phrase)
    clause = _CLAUSE.search(phrase)
    if into and words != "in":
        head = phrase[: into.start()]
        if _PART.search(head) or verb in ("make", "set up"):
            return None
        return Role.CREATE if _NOUN.search(phrase) and verb != "add" else Role.FILE if verb != "add" else None
    if clause and not (_NAMED.search(phrase) and _NOUN.search(phrase[: clause.start()] or phrase)):
        return None
    plain = re.fullmatch(
        r"(?:(?:the|a|an|new|two|three|four|five|six|following|these|both|file|files|\d+|also|one|only)[\s:,]*)*",
        words,
    )
    noun = _NOUN.search(phrase)
    if verb in ("make", "build", "set up", "provide", "define", "introduce") and not noun:
        return None
    if verb == "add" and not plain and not noun:
        return None
    if not plain and _PART.search(phrase) and not noun:
        return None
    return Role.CREATE if plain or noun or len(words.split()) <= 6 else None  # noqa: PLR2004 -- a noun phrase


def _edit(text: str) -> Found | None:
    match = _PREPOSITION.match(text)
    if match:
        index = match.group(1)
        tail = text[match.end() :]
        asks = _IMPERATIVE_TAIL.match(tail) and not re.match(r"^to\b", text, re.IGNORECASE)
        return _found(index, Role.EDIT, "the sentence works in it", "label") if asks else None
    match = _EDIT_SENTENCE.match(text)
    if match is None or _NEGATION.search(text[: match.end()]):
        return None
    verb, target = match.group("verb").lower(), _TARGET.match(match.group("np"))
    if target is None:
        return None
    preposition = (target.group("object") or "").strip().rsplit(" ", 1)[-1].lower()
    if not preposition and verb not in (
        "modify",
        "edit",
        "update",
        "change",
        "patch",
        "fix",
        "refactor",
        "extend",
        "adjust",
        "enhance",
        "open",
        "rewrite",
        "configure",
        "replace",
        "improve",
        "harden",
        "clean up",
        "simplify",
        "correct",
        "migrate",
        "convert",
        "augment",
        "alter",
        "tweak",
    ):
        return None
    if verb in ("import", "find", "move", "rename", "convert") and preposition == "from":
        return None
    if preposition in ("on", "for", "from", "at") and verb not in (
        "add",
        "remove",
        "delete",
        "fix",
        "update",
        "change",
        "insert",
        "modify",
    ):
        return None
    return _found(match.groups()[-1], Role.EDIT, f"the sentence asks to {verb} it", "label", "verb")


def _leading(text: str) -> Found | None:
    match = re.match(rf"^\(?{_P}", text)
    if match is None:
        return None
    tail = text[match.end() :].strip()
    alone = not tail or tail == ":" or (tail.startswith("(") and tail.rstrip(":").endswith(")"))
    return _found(
        match.group(1),
        Role.FILE if alone else Role.LISTED,
        "the line starts with it",
        *(["label"] if alone else []),
    )
