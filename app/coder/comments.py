"""Comments: the text inside a one-line comment of any language, and a file's marker in one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.coder.languages import language
from app.coder.pathlike import as_path, fits, undecorated

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
_LABEL = re.compile(r"[\s*_`]*([A-Za-z][A-Za-z _-]{0,40}?)(?:\s*\d{1,3})?[\s*_`\"]*[:=]+[\s*_]*(?=\S)")
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
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Marker:
    """A file's name on one of the first lines of its block: which line, and whether that line is the
    reply's own.
    """

    path: str
    rule: str
    line: int
    removable: bool


def comment_text(line: str) -> str | None:
    """What a line says that is nothing but a comment; None for any other line."""
    bare = line.strip()
    for opener, closer in _PAIRS:
        if bare.startswith(opener):
            inner = bare.removeprefix(opener)
            return (
                inner.removesuffix(closer).strip()
                if inner.endswith(closer) or opener == "<!--"
                else inner.strip()
            )
    opener = next((mark for mark in _LINE_COMMENTS if bare.startswith(mark)), "")
    if not opener or bare.startswith(("#!", "#include", "#define", "#pragma")):
        return None
    return (
        bare.lstrip(opener).removesuffix("*/").strip()
        if len(opener) == 1
        else bare[len(opener) :].strip(" /-")
    )


def labelled(text: str) -> tuple[str, str] | None:
    """A label in lower case and what follows it: `File: a.py` gives ("file", "a.py")."""
    match = _LABEL.match(text[:_LONGEST])
    return (" ".join(match[1].lower().split()), text[match.end() : _LONGEST]) if match else None


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
    first = next((i for i, line in enumerate(lines[:3]) if line.strip()), None)
    if first is None:
        return None
    found = _marker_on(lines[first], first, tag)
    if found or not _PROLOGUE.match(lines[first]):
        return found
    return _marker_on(lines[first + 1], first + 1, tag) if first + 1 < len(lines) else None


def _marker_on(line: str, number: int, tag: str) -> Marker | None:
    text = comment_text(line[:_LONGEST])
    if text is None:
        text = line.strip() if language(tag) not in _ASSIGNING else ""
        label = labelled(text)
        found = leading_path(label[1]) if label and label[0] in _SURE | {"file", "filename"} else None
        return Marker(found[0], "filepath_comment", number, removable=True) if found else None
    label = labelled(text)
    if label and label[0] in _MARKERS:
        found = leading_path(label[1], sure=label[0] in _SURE)
        return Marker(found[0], "filepath_comment", number, removable=True) if found else None
    found = leading_path(text)
    if found is None or not fits(tag, found[0]) or line.strip().startswith(('"""', "'''")):
        return None
    return Marker(found[0], "path_comment", number, removable=found[1] or language(tag) in _NO_COMMENTS)
