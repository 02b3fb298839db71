"""Naming: which file the words around a fenced block, or its info string, say it is.

A line that is nothing but a name is believed; a sentence only if it names exactly one file that fits the
fence's language. Nothing is guessed from further away than the section the block stands in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.coder.comments import comment_text, labelled, leading_path
from app.coder.languages import OUTPUTS, SHELLS, language, language_of
from app.coder.pathlike import as_path, extension, fits, undecorated
from app.coder.words import ADJECTIVES, MAKING, NOT_IN_NAMES, NOUNS, RUNNING, SHOWING, VERBS

_LONGEST = 400
_LEAD = re.compile(
    r"\s*(?:>\s?|#{1,6}\s+|[-*+\u2022]\s+|\(?\d{1,3}(?:[.)]\d{0,3}:?|:)\s+"
    r"|(?:step|part)\s+\d{1,3}\s*[:.)-]\s*"
    r"|[^\w\s`*\"'.\\/\[\](){}<>@$~#:=+-]+\s*)",
    re.IGNORECASE,
)
_RULED = re.compile(r"(?:={2,}>?|-{2,}>?|\*{3,}|#{2,}|~{2,})\s*(.*?)\s*(?:<?={2,}|-{2,}|\*{3,}|#{2,}|~{2,})?")
_HTML = re.compile(r"</?[A-Za-z][\w-]{0,19}>")
_MAY_NAME = re.compile(r"[./\\]\w|[A-Za-z]:\s*+\S|[A-Za-z]+file\b|[A-Z]{4}|SCons|gradlew|crontab")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s|\s*\|")
_ATTRIBUTE = re.compile(
    r"\b(?:title|file_?name|file|path|file_?path|name|src|source|label)\s*[=:]\s*"
    r"(?:\"([^\"]+)\"|'([^']+)'|([^\s}]+))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_WIDE = str.maketrans(
    {"\uff1a": ": ", "\uff0c": ", ", "\u3002": ". ", "\u3001": ", ", "\uff08": " (", "\uff09": ") "}
)
"""Punctuation of scripts that put no space after it."""
_PLAIN = (None, "text", "dotenv", "ini")
"""Languages of files whose contents stand in a fence without a language."""
_TICKED = re.compile(r"`+([^`]+)`+")


@dataclass(frozen=True, slots=True)
class Name:
    """A path and the rule that gave it. A weak one never replaces a file that a strong one named."""

    path: str
    rule: str
    strong: bool = True


def in_info(info: str) -> tuple[str, Name | None]:
    """The language and the name a fence's info string holds."""
    info = info[:_LONGEST].strip()
    if not info or info.isalnum():
        return info, None
    inner = info[1:-1].strip() if info.startswith("{") and info.endswith("}") else info
    head, _, rest = inner.partition(" ")
    tag = head.lstrip(".")
    attribute = _ATTRIBUTE.search(inner)
    if attribute:
        path = as_path(next(part for part in attribute.groups() if part), labelled=True)
        if path:
            return ("" if attribute.start() == 0 else re.split(r"[,{]", tag)[0]), Name(path, "info_string")
    for separator in ":|,;":
        before, found, path_text = tag.partition(separator)
        path = as_path(path_text.rpartition(":")[2] if before.isdigit() else path_text) if found else None
        if path:
            return ("" if before.isdigit() else before), Name(path, "info_string")
    if ("." in head or "/" in head) and (path := as_path(head)):
        return extension(path), Name(path, "info_string")
    path = _path_in_rest(rest)
    return re.split(r"[,{:]", tag)[0], Name(path, "info_string") if path else None


def _path_in_rest(rest: str) -> str | None:
    text = undecorated(comment_text(rest) or rest.strip(" -\u2013\u2014"))
    label = labelled(text)
    found = leading_path(label[1] if label else text)
    return found[0] if found else None


def in_line(line: str) -> Name | None:
    """The name of a line that is nothing but a name, with or without a label, number, emphasis or rule."""
    line = line[:_LONGEST].translate(_WIDE)
    if not _MAY_NAME.search(line):
        return None
    text = _HTML.sub("", _LINK.sub(r"\1", line)) if "<" in line or "](" in line else line
    heading = text.lstrip().startswith("#")
    comment = comment_text(text)
    for candidate in (_without_lead(text), comment or ""):
        named = _labelled_name(candidate)
        if named:
            return named
    bare = _without_lead(undecorated(_without_lead(text)))
    ruled = _RULED.fullmatch(bare)
    for candidate in (bare, ruled[1] if ruled else "", comment or ""):
        found = leading_path(candidate)
        if found and not _is_phrase(found[0]):
            return Name(found[0], "heading" if heading else "name_line")
    return None


def _without_lead(text: str) -> str:
    lead = _LEAD.match(text)
    while lead and lead.end():
        text = text[lead.end() :]
        lead = _LEAD.match(text)
    return text.strip()


def _labelled_name(text: str) -> Name | None:
    label = labelled(undecorated(text).lstrip("*_`["))
    if label is None:
        return None
    words = set(label[0].replace("-", " ").replace("_", " ").split())
    if not words <= VERBS | NOUNS | ADJECTIVES or not words & (VERBS | NOUNS):
        return None
    found = leading_path(undecorated(label[1]), sure=bool(words & {"file", "filepath", "filename", "path"}))
    if found is None:
        return None
    return Name(found[0], "create_file" if {"file"} < words and words & VERBS else "file_label")


def _is_phrase(path: str) -> bool:
    """True for "Updated main.py", which is no name with a space in it."""
    return any(word.lower() in NOT_IN_NAMES for word in path.split(" ")[:-1])


def in_sentence(line: str, tag: str) -> Name | None:
    """The name of the one file that a sentence speaks of and that fits the fence's language."""
    paths = paths_in(line)
    fitting = [path for path in paths if fits(tag, path)] if tag else paths
    if len(fitting) > 1:
        fitting = [path for path in fitting if language_of(path) == language(tag)]
    if len(paths) > 1 and not (tag and extension(fitting[0] if fitting else "")):
        return None
    return Name(fitting[0], "sentence", strong=False) if len(fitting) == 1 else None


def paths_in(line: str) -> list[str]:
    """Every path a sentence names, each once."""
    line = line[:_LONGEST].translate(_WIDE)
    ticked = [as_path(span) for span in _TICKED.findall(line)]
    words = (word.rstrip(".!?") for word in _TICKED.sub(" ", line).split())
    plain = [as_path(word) for word in words if "." in word or "/" in word]
    return list(dict.fromkeys(path for path in (*ticked, *plain) if path))


def above(lines: Sequence[str], tag: str) -> Name | None:
    """The name that the lines above a block give it: the non-blank ones of its section, nearest first."""
    if not lines or _is_listing(lines):
        return None
    nearest = in_line(lines[0])
    if nearest:
        return nearest if _believable(nearest, tag) else None
    if is_shown_only(lines[0], tag):
        return None
    sentence = in_sentence(lines[0], tag)
    if sentence or len(paths_in(lines[0])) > 1:
        return sentence or _further(lines[1:], tag, said=True)
    return _further(lines[1:], tag, said=False)


def _further(lines: Sequence[str], tag: str, *, said: bool) -> Name | None:
    for line in lines:
        heading = line.lstrip().startswith("#")
        named = in_line(line)
        if named is None and not said and (heading or _words(line) & VERBS) and not is_shown_only(line, tag):
            named = in_sentence(line, tag)
        if named:
            return named if fits(tag, named.path) and not (tag.lower() in OUTPUTS and not heading) else None
        if heading:
            return None
    return None


def below(line: str, tag: str) -> Name | None:
    """The name that the line below a block gives it: "Save this as `a.py`"."""
    words = _words(line)
    saves = words & {"save", "saved", "put", "place", "store", "name"} and words & {
        "this",
        "above",
        "it",
        "code",
        "the",
    }
    return in_sentence(line, tag) if saves and tag.lower() not in SHELLS else None


def is_shown_only(line: str, tag: str) -> bool:
    """True for a line that announces a command, an output or an example rather than a file."""
    words = _words(line)
    if words & SHOWING and not words & {"create", "save", "implementation", "write", "config", "file"}:
        return True
    unclear = not tag or tag.lower() in SHELLS | OUTPUTS
    if unclear and words & RUNNING and not words & {"create", "save", "write", "update", "add"}:
        return True
    paths = paths_in(line) if unclear and not words & MAKING else []
    return bool(paths) and not _introduces(line) and not any(language_of(p) in _PLAIN for p in paths)


def _introduces(line: str) -> bool:
    """True for a line that ends with a name and a colon."""
    head = line[:_LONGEST].rstrip().rstrip("*_")
    return head.endswith((":", ":`")) and as_path(head.split()[-1]) is not None


def _believable(name: Name, tag: str) -> bool:
    return not (tag.lower() in SHELLS and not fits(tag, name.path))


def _is_listing(lines: Sequence[str]) -> bool:
    """True where the block stands below a list of several files, which names none of them in particular."""
    names: set[str] = set()
    for line in lines:
        if not _ITEM.match(line):
            break
        row = paths_in(line.replace("|", " ")) if line.lstrip().startswith("|") else []
        named = in_line(line)
        if named is None and not row:
            break
        names.update(row if named is None else (named.path,))
    return len(names) > 1


def _words(line: str) -> set[str]:
    return set(_WORD.findall(_TICKED.sub(" ", line[:_LONGEST]).lower()))
