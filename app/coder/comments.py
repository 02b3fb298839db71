"""Comments: the text inside a one-line comment of any language, and a file's marker in one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.coder.languages import language
from app.coder.pathlike import as_path, fits, undecorated
from app.coder.words import ADJECTIVES, NOUNS, VERBS

_PAIRS = (
    ("<!--", "-->"), ("{{!--", "--}}"), ("{{!", "}}"), ("{{/*", "*/}}"), ("<%--", "--%>"), ("<%#", "%>"),
    ("{#", "#}"), ("{/*", "*/}"), ("@*", "*@"), ("/**", "*/"), ("/*", "*/"), ("(*", "*)"), ("{-", "-}"),
    ("--[[", "]]"), ("#|", "|#"), ('"""', '"""'), ("'''", "'''"),
)  # fmt: skip
_LINE_COMMENTS = (
    "//",
    "--",
    "#",
    ";",
    "%",
    '"',
    "'",
    "!",
    "::",
    "..",
    "REM ",
    "rem ",
    "@rem ",
    "@REM ",
    "dnl ",
)
_LABEL = re.compile(
    r"[\s*_`@]*([A-Za-z][A-Za-z _-]{0,40}?)(?:\s*\d{1,3})?[\s*_`\"]*[:=]+[\s*_]*(?=\S)"
    r"|[\s@]*(file(?:[ _-]?(?:path|name))?)\s+(?=\S+\s*$)",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"(?:\*\*|__)?([`\"'<\u201c])([^`\"'>\u201d]+)[`\"'>\u201d](?:\*\*|__)?:?|\*\*([^*]+)\*\*:?|__([^_]+)__"
)
_TAIL = re.compile(r"\s*(?:$|[(\[\u2013\u2014\u2190#:,;]|-+(?:\s|>|$)|//|=>|\*/|is\b|\.(?:\s|$))")
_PROLOGUE = re.compile(
    r"#!|<\?(?:php|xml)\b|<!doctype|[ \t]*#.{0,10}coding[:=]|[\"']use (?:client|server|strict)|@charset"
    r"|---[ \t]*$",
    re.IGNORECASE,
)
_MARKERS = frozenset(
    ("filepath", "file path", "file_path", "file-path", "file", "filename", "file name", "file_name", "path",
     "relative path", "full path", "target file", "source file", "new file", "location", "source", "script",
     "title")
)  # fmt: skip
_SURE = frozenset(("filepath", "file path", "file_path", "file-path"))
_NO_COMMENTS = frozenset(("json",))
_ASSIGNING = frozenset(
    ("", "yaml", "toml", "ini", "json", "dotenv", "text", "markdown", "nginx", "properties", "css")
)
_NO_COMMENT_STARTS = ("#!", "#include", "#define", "#pragma")
_CLOSER_OF = dict(_PAIRS)
_OPENERS = (*_CLOSER_OF, *_LINE_COMMENTS)
_DOCSTRINGS = ('"""', "'''")
_CELL = re.compile(r"%%(?:writefile|file)[ \t]++(\S++)[ \t]*+")
_ANNOUNCING = (VERBS | NOUNS | ADJECTIVES) - {"test"}
_RULES = " =-*~#"
_DEEPEST = 6
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Marker:
    """A file's name on one of the first lines of its block. `line` is where the comment begins, `length` how
    many lines of it are the reply's own and no part of the file.
    """

    path: str
    rule: str
    line: int
    length: int


def comment_text(line: str) -> str | None:
    """What a line says that is nothing but a comment; None for any other line."""
    comment = _comment(line)
    return comment[0] if comment else None


def _comment(line: str) -> tuple[str, bool] | None:
    """What a comment says on its first line, and whether it ends there."""
    bare = line.strip()
    if not bare.startswith(_OPENERS):
        return None
    for opener, closer in _PAIRS:
        if bare.startswith(opener):
            inner = bare.removeprefix(opener)
            return inner.removesuffix(closer).strip(), inner.endswith(closer)
    opener = next((mark for mark in _LINE_COMMENTS if bare.startswith(mark)), "")
    if not opener or bare.startswith(_NO_COMMENT_STARTS):
        return None
    if len(opener) > 1:
        return bare[len(opener) :].strip(" /-"), True
    return bare.lstrip(opener).strip(), True


def labelled(text: str) -> tuple[str, str] | None:
    """A label in lower case and what follows it: `File: a.py` gives ("file", "a.py")."""
    match = _LABEL.match(text[:_LONGEST])
    return (" ".join((match[1] or match[2]).lower().split()), text[match.end() : _LONGEST]) if match else None


def leading_path(text: str, *, sure: bool = False) -> tuple[str, bool] | None:
    """The path a text begins with, if no more than a remark follows; and whether it is the whole text.

    `sure` says that a label announced a path, so that it need not have a known extension.
    """
    text = text.strip()
    whole = as_path(text, labelled=sure)
    if whole:
        return whole, True
    quoted = _QUOTED.match(text)
    if quoted:
        head, end = next(part for part in quoted.groups()[1:] if part), quoted.end()
    else:
        head = text.split(maxsplit=1)[0] if text else ""
        end = len(head)
    path = as_path(head, labelled=sure)
    if path is None or not (_TAIL.match(text, end) or head.endswith(":")):
        return None
    return path, not undecorated(text[end:])


def marker(lines: Sequence[str], tag: str) -> Marker | None:
    """The marker on the first lines of a block: on its first line, or below a shebang or another prologue."""
    for number, line in enumerate(lines[:_DEEPEST]):
        found = _marker_at(lines, number, tag) if line.strip() else None
        if found or (line.strip() and not _PROLOGUE.match(line)):
            return found
    return None


def _marker_at(lines: Sequence[str], number: int, tag: str) -> Marker | None:
    line = lines[number][:_LONGEST]
    closer = _CLOSER_OF.get(line.strip())
    if closer:
        return _marker_in_block(lines[number + 1 : number + 3], number, closer, tag)
    cell = _CELL.fullmatch(line)
    if cell and (path := as_path(cell[1], labelled=True)):
        return Marker(path, "filepath_comment", number, 1)
    comment = _comment(line)
    if comment is None:
        return _bare_label(line, number, tag)
    return _marker_in(comment[0], number, tag, own=comment[1], docstring=line.strip().startswith(_DOCSTRINGS))


def _marker_in_block(lines: Sequence[str], number: int, closer: str, tag: str) -> Marker | None:
    """The marker on the second line of a comment that begins with a line of its own."""
    text = lines[0][:_LONGEST] if lines else ""
    alone = len(lines) > 1 and lines[1].strip() == closer
    found = _marker_in(text, number, tag, own=alone, docstring=closer in _DOCSTRINGS)
    return replace(found, length=3) if found and found.length else found


def _marker_in(text: str, number: int, tag: str, *, own: bool, docstring: bool) -> Marker | None:
    """The marker that a comment's text is. `own` says that nothing else stands in the comment."""
    text = text.strip(_RULES)
    label = labelled(text)
    if label and label[0] in _MARKERS:
        found = leading_path(label[1], sure=label[0] in _SURE)
        return Marker(found[0], "filepath_comment", number, int(own)) if found else None
    found = leading_path(text)
    if found and " " in found[0]:
        found = _announced(found[0])
    if found is None or not fits(tag, found[0]) or (docstring and not found[1]):
        return None
    removable = own and not docstring and (found[1] or language(tag) in _NO_COMMENTS)
    return Marker(found[0], "path_comment", number, int(removable))


def _announced(phrase: str) -> tuple[str, bool] | None:
    """The path at the end of a phrase like "New file a.py"; another phrase speaks of a file, or is none."""
    words = phrase.split()
    path = as_path(words[-1]) if {word.lower() for word in words[:-1]} <= _ANNOUNCING else None
    return (path, False) if path else None


def _bare_label(line: str, number: int, tag: str) -> Marker | None:
    """The marker of a line that is no comment but says `filepath: a.py`, where a file has no such line."""
    label = labelled(line.strip()) if language(tag) not in _ASSIGNING else None
    found = leading_path(label[1]) if label and label[0] in _SURE | {"file", "filename"} else None
    return Marker(found[0], "path_comment", number, 1) if found else None
