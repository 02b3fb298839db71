"""Tags: files that a reply puts between XML-ish tags, the path an attribute or a child of the container."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.coder.pathlike import as_path

_CONTAINERS = (
    "file|files|write_to_file|write_file|create_file|new_file|replace_in_file|edit_file|apply_diff|update_file|"
    "boltAction|lov-write|dyad-write|PlandexBlock|antArtifact|artifact|codeblock|code_block|document|action|"
    "source|code"
)
_ATTRIBUTES = r"file_?path|path|file_?name|file|name|title|identifier"
OPENING = (
    rf"<(?:{_CONTAINERS})(?=[\s>])"
    r"|<[A-Za-z][\w:.-]{0,40}+[ \t](?=[^<>\n]{0,200}\b(?:file_?path|path|file_?name)\s*=)"
)
_VALUE = r"(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|[^\s\"'<>]{1,400})"
_TAG = re.compile(rf"<([A-Za-z][\w:.-]{{0,40}})((?:\s+[\w:.-]{{1,40}}(?:\s*=\s*{_VALUE})?){{0,12}})\s*>")
_ATTRIBUTE = re.compile(rf"\b({_ATTRIBUTES})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_PATH_CHILD = re.compile(r"\s*<(path|file_?path|file_?name|name)>\s*([^<>\n]{1,400}?)\s*</\1>", re.IGNORECASE)
_CONTENT_CHILD = re.compile(
    r"\s*<(contents?|code|file_contents?|file_text|source|diff|text|body|args)(?: [^<>\n]{0,200})?>",
    re.IGNORECASE,
)
_OTHER_CHILD = re.compile(r"\s*<([\w-]{1,40})>[^<>\n]{0,400}</\1>")
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A file between tags: offsets of the whole and of its contents. `closed` is False where the reply's
    end cuts it.
    """

    path: str
    start: int
    end: int
    inner_start: int
    inner_end: int
    closed: bool


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
        path = self._attribute(opening)
        inner = opening.end()
        name = opening[1]
        if path is None:
            child = self._path_child(inner)
            if child is None:
                return None
            path, inner = child
        content = _CONTENT_CHILD.match(self._text, inner)
        end = self._find(f"</{name}>", inner)
        if content:
            return self._within(path, start, content, end, name)
        if end < 0:
            return Tagged(path, start, len(self._text), inner, len(self._text), closed=False)
        return Tagged(path, start, end + len(name) + 3, inner, end, closed=True)

    def _attribute(self, opening: re.Match[str]) -> str | None:
        for match in _ATTRIBUTE.finditer(opening[2]):
            weak = match[1].lower() in {"name", "title", "identifier"}
            path = as_path(match[2] or match[3] or match[4] or "", labelled=not weak)
            if path:
                return path
        return None

    def _path_child(self, start: int) -> tuple[str, int] | None:
        for _ in range(4):
            child = _PATH_CHILD.match(self._text, start)
            if child:
                path = as_path(child[2], labelled=child[1].lower() != "name")
                return (path, child.end()) if path else None
            other = _OTHER_CHILD.match(self._text, start)
            if other is None:
                return None
            start = other.end()
        return None

    def _within(self, path: str, start: int, content: re.Match[str], end: int, name: str) -> Tagged:
        """The contents inside a child of the container: up to the child's last closing tag before the
        container's.
        """
        stop = len(self._text) if end < 0 else end
        inner_end = self._text.rfind(f"</{content[1]}>", content.end(), stop)
        whole_end = stop if end < 0 else end + len(name) + 3
        closed = inner_end >= 0
        return Tagged(
            path, start, whole_end, content.end(), inner_end if closed else stop, closed=closed and end >= 0
        )

    def _find(self, closing: str, start: int) -> int:
        """As `str.find`; what was looked for once is not looked for again."""
        known = self._next.get(closing)
        if known is None or 0 <= known < start:
            known = self._text.find(closing, start)
            self._next[closing] = known
        return known


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
