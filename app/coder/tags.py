"""Tags: files that a reply puts between XML-ish tags, the path an attribute or a child of the container, and
the calls of file tools that models write out as tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.coder.pathlike import as_path, extension

_CONTAINERS = (
    "file|files|write_to_file|write_file|create_file|new_file|replace_in_file|edit_file|apply_diff|update_file|"
    "boltAction|lov-write|dyad-write|PlandexBlock|antArtifact|artifact|codeblock|code_block|document|action|"
    "source|code|pre|invoke|edit|str_replace"
)
_PATHS = "path|file_?path|file_?name|target_file|name|source"
_CONTENTS = "contents?|code|file_contents?|file_text|document_contents?|source|diff|text|body|args|code_edit"
_OLD = "old_?(?:str(?:ing)?|text|code)|old|search|find"
_NEW = "new_?(?:str(?:ing)?|text|code)|new|replace(?:ment)?"
_ATTRIBUTES = r"file_?path|path|file_?name|file|name|title|identifier"
OPENING = (
    rf"<(?:{_CONTAINERS})(?=[\s>])|<function=\w"
    r"|<[A-Za-z][\w:.-]{0,40}+[ \t](?=[^<>\n]{0,200}\b(?:file_?path|path|file_?name)\s*=)"
)
_VALUE = r"(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|[^\s\"'<>]{1,400})"
_TAG = re.compile(
    rf"<([A-Za-z][\w:.-]{{0,40}})((?:=[\w.-]{{1,40}}|\s+[\w:.-]{{1,40}}(?:\s*=\s*{_VALUE})?){{0,12}})\s*>"
)
_ALONE = re.compile(
    r"<(?:source|code|pre|PlandexBlock|codeblock|code_block|file)"
    r"(?:[ \t]+lang(?:uage)?=[\"'\w]{1,40})?>[ \t]*[\w+#-]{0,20}\n"
)
_ATTRIBUTE = re.compile(
    rf"\b(?P<name>{_ATTRIBUTES})\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE
)
_WEAK = frozenset(("name", "title", "identifier", "source"))
"""Attributes and children that may say something else, and so name a file only where its form is sure."""
_NOWHERE = -1
_CHILD = (
    r"\s*<(?:(?P<call>parameter)(?:=|[ \t]+name=\")|(?:[a-z]+:)?)(?P<name>{})\"?(?:[ \t][^<>\n]{{0,200}})?>"
)
"""The opening tag of a child, its name given as `<name>` or as a call's parameter."""
_PATH_CHILD = re.compile(_CHILD.format(_PATHS), re.IGNORECASE)
_CONTENT_CHILD = re.compile(_CHILD.format(_CONTENTS), re.IGNORECASE)
_OLD_CHILD = re.compile(_CHILD.format(_OLD), re.IGNORECASE)
_NEW_CHILD = re.compile(_CHILD.format(_NEW), re.IGNORECASE)
_OTHER_CHILD = re.compile(_CHILD.format(r"[\w-]{1,40}"), re.IGNORECASE)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_CALLS = frozenset(("function", "invoke"))
_MARKUP = frozenset(
    ("html", "htm", "xhtml", "xml", "svg", "vue", "svelte", "astro", "jsx", "tsx", "md", "mdx")
)
_ELEMENTS = frozenset(("body", "code", "source", "text"))
"""Children that may as well be elements of a file written in markup."""
_MOST_CHILDREN = 8
_LONGEST_VALUE = 400


@dataclass(frozen=True, slots=True)
class Tagged:
    """A file between tags: offsets of the whole, of its contents and, for an edit, of what they replace.

    `path` is None where the tags themselves do not name the file. `closed` is False where the reply's end
    cuts it.
    """

    path: str | None
    start: int
    end: int
    inner: tuple[int, int]
    closed: bool
    replaces: tuple[int, int] | None = None


class Tags:
    """The tagged files of a text, to be asked what begins at an offset."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, int] = {}

    def file_at(self, start: int) -> Tagged | None:
        """The file whose opening tag stands at this offset."""
        opening = _TAG.match(self._text, start)
        if opening is None or opening[0].endswith("/>"):
            return None
        name, at = opening[1], opening.end()
        path = None if name in _CALLS else self._attribute(opening)
        if path is None:
            path, at = self._path_child(at)
        closing = f"</{name}>"
        end = self._find(closing, at)
        closed = end != _NOWHERE
        stop = end if closed else len(self._text)
        whole = (start, stop + len(closing) if closed else stop)
        if path is None:
            alone = _ALONE.match(self._text, start) if closed else None
            return Tagged(None, *whole, (alone.end(), stop), closed=True) if alone else None
        old = _OLD_CHILD.match(self._text, at)
        if old:
            return self._edit(path, whole, old, stop)
        content = self._content_child(at)
        if content and not (extension(path) in _MARKUP and content["name"].lower() in _ELEMENTS):
            inner, ended = self._last_value(content, stop)
            return Tagged(path, *whole, inner, closed=ended and closed)
        return None if name in _CALLS else Tagged(path, *whole, (at, stop), closed=closed)

    def _attribute(self, opening: re.Match[str]) -> str | None:
        found = (
            as_path(match["value"].strip("\"'"), labelled=match["name"].lower() not in _WEAK)
            for match in _ATTRIBUTE.finditer(opening[2])
        )
        return next(filter(None, found), None)

    def _path_child(self, at: int) -> tuple[str | None, int]:
        """The path that a child gives, and where the contents may begin; short children before it are
        passed by.
        """
        for _ in range(_MOST_CHILDREN):
            child = _PATH_CHILD.match(self._text, at) or _OTHER_CHILD.match(self._text, at)
            value = self._short_value(child) if child else None
            if child is None or value is None:
                break
            at = value[1]
            if child.re is _PATH_CHILD:
                return as_path(value[0], labelled=child["name"].lower() not in _WEAK), at
        return None, at

    def _content_child(self, at: int) -> re.Match[str] | None:
        """The child that holds the contents, short ones before it passed by."""
        for _ in range(_MOST_CHILDREN):
            content = _CONTENT_CHILD.match(self._text, at)
            other = None if content else _OTHER_CHILD.match(self._text, at)
            value = self._short_value(other) if other else None
            if value is None:
                return content
            at = value[1]
        return None

    def _short_value(self, child: re.Match[str]) -> tuple[str, int] | None:
        """A child's text, if it is short and holds no tag of its own, and where the child ends."""
        closing = _closing(child)
        end = self._text.find(closing, child.end(), child.end() + _LONGEST_VALUE + len(closing))
        if end < 0:
            return None
        text = self._text[child.end() : end]
        return None if "<" in text else (text.strip(), end + len(closing))

    def _edit(self, path: str, whole: tuple[int, int], old: re.Match[str], stop: int) -> Tagged | None:
        """An edit whose old and new text are children of the container."""
        old_end = self._find(_closing(old), old.end())
        new = _NEW_CHILD.match(self._text, old_end + len(_closing(old))) if 0 <= old_end < stop else None
        if new is None:
            return None
        inner, closed = self._last_value(new, stop)
        return Tagged(path, *whole, inner, closed=closed, replaces=(old.end(), old_end))

    def _last_value(self, child: re.Match[str], stop: int) -> tuple[tuple[int, int], bool]:
        """A child's contents: up to its last closing tag before the container's, or, where all children end
        alike, before short ones that follow.
        """
        closing = _closing(child)
        end = self._text.rfind(closing, child.end(), stop)
        for _ in range(_MOST_CHILDREN if child["call"] else 0):
            before = self._text.rfind(closing, child.end(), max(end, child.end()))
            sibling = _OTHER_CHILD.match(self._text, before + len(closing)) if before >= 0 else None
            value = self._short_value(sibling) if sibling and sibling["call"] else None
            if value is None or value[1] != end + len(closing):
                break
            end = before
        return (child.end(), end if end >= 0 else stop), end >= 0

    def _find(self, closing: str, start: int) -> int:
        """As `str.find`; what was looked for once is not looked for again."""
        known = self._next.get(closing)
        if known is None or 0 <= known < start:
            known = self._text.find(closing, start)
            self._next[closing] = known
        return known


def _closing(child: re.Match[str]) -> str:
    return f"</{child['call'] or child['name']}>"


def contents(text: str) -> str:
    """What stands between tags, without the line ends next to them, an indentation before the closing tag
    and CDATA.
    """
    cdata = _CDATA.fullmatch(text)
    text = cdata[1] if cdata else text
    text = text.removeprefix("\n")
    kept, newline, last = text.rpartition("\n")
    if newline and not last.strip():
        text = kept
    return text + "\n" if text.strip() else ""
