"""Block headers: the path a block gives itself, in its info string or its first comment."""

from __future__ import annotations

import re
import shlex

from app.instruction.languages import fits, is_shell, is_untagged
from app.instruction.looks import looks_like_commands
from app.instruction.markdown import Fence
from app.instruction.names import Name, Role
from app.instruction.paths import as_path, as_weak_path

_ATTRIBUTE = re.compile(
    r"\b(?:title|file|filename|path|filepath|name)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s}]+)", re.IGNORECASE
)
_COMMENT = re.compile(
    r"^\s*(?:#+|//+|--+|;+|/\*+|<!--|%+|\"\"\"|rem\b)\s*(?P<text>.*?)\s*(?:\*/|-->|\"\"\")?\s*$",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"^(?P<key>file\s?path|file\s?name|file|path|location|target\s+file|target|"
    r"source)\s*:\s*`?(?P<path>[^`]+?)`?(?:\s+\([^)]*\))?$",
    re.IGNORECASE,
)
_EDITING = re.compile(
    r"^(?:in|add\s+to|append\s+to|edit|modify|update|insert\s+(?:in|into)|inside|change\s+in|"
    r"at\s+the\s+(?:top|end)\s+of|to)\s*:?\s+`?(?P<path>[^`,]+?)`?(?:,.*|:.*|\s+[-\u2013—(].*|\s+after\s.*|"
    r"\s+around\s.*)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w.@+-]*")
_NOTE = re.compile(r"\s+(?:[-\u2013—(\[].*)$")


def header_name(fence: Fence) -> Name | None:
    """The file a block says it is, with `label` set where it says so in so many words."""
    line = fence.span.start_line
    path = _in_info(fence)
    if path:
        return Name(
            path=path, line=line, role=Role.FILE, reason="named in the fence's info string", label=True
        )
    for offset, text in enumerate(fence.body[:2]):
        found = _in_comment(text, fence, line + 1 + offset)
        if found:
            return found
        if not (offset == 0 and text.startswith("#!")):
            break
    return None


def _in_info(fence: Fence) -> str | None:
    info = fence.info
    if not any(sign in info for sign in "./=") and info.lower() == fence.lang:
        return None
    attribute = _ATTRIBUTE.search(info)
    if attribute:
        return as_path(attribute.group(1).strip("\"'"), quoted=True)
    try:
        words = shlex.split(info.replace("{", " ").replace("}", " "))
    except ValueError:
        words = info.split()
    for word in words[:3]:
        for part in (word.partition(":")[2], word):
            path = as_path(part, quoted=True) if part else None
            if path and not (
                word is words[0] and part.lower() == fence.lang and "/" not in part and "." not in part
            ):
                return path
    return None


def _in_comment(text: str, fence: Fence, line: int) -> Name | None:
    comment = _COMMENT.match(text) if len(text) < 300 else None  # noqa: PLR2004 -- a path is short
    if comment is None:
        return None
    words = comment.group("text").strip()
    keyed = _KEYED.match(words)
    if keyed:
        path = as_path(keyed.group("path"), quoted=True) or _said_to_be_a_path(keyed)
        return (
            Name(path=path, line=line, role=Role.FILE, reason="named by its first line", label=True)
            if path
            else None
        )
    editing = _EDITING.match(words)
    if editing:
        path = as_path(editing.group("path"), quoted=False)
        return (
            Name(path=path, line=line, role=Role.EDIT, reason="its first line says where it goes", label=True)
            if path
            else None
        )
    note = _NOTE.search(words)
    path = _bare_path(words[: note.start()] if note else words, fence, noted=note is not None)
    if path is None:
        return None
    role = Role.FILE
    if note and re.search(r"\b(?:new|create)\b", note.group(), re.IGNORECASE):
        role = Role.CREATE
    elif note and re.search(
        r"\b(?:modif|updat|edit|add|existing|excerpt|around|line|change|partial|snippet|in\b|inside|"
        r"after|before|near)",
        note.group(),
        re.IGNORECASE,
    ):
        role = Role.EDIT
    return Name(path=path, line=line, role=role, reason="its first line is this path", label=False)


def _said_to_be_a_path(keyed: re.Match[str]) -> str | None:
    """A word without an extension: `source: wiki/page` may mean anything, `filepath: bin/tool` does not."""
    if keyed.group("key").lower().replace(" ", "") != "filepath":
        return None
    word = keyed.group("path").strip()
    return word if _WORD.fullmatch(word) else as_weak_path(word)


def _bare_path(words: str, fence: Fence, *, noted: bool) -> str | None:
    """A comment that is a path and no more; above commands, a path is only what they are about."""
    path = None if " " in words else as_path(words, quoted=False)
    if path is None or (is_shell(fence.lang) and not _is_script(path, fence)):
        return None
    telling = "/" in path or fits(path, fence.lang) is True or (is_untagged(fence.lang) and not noted)
    return path if telling else None


def _is_script(path: str, fence: Fence) -> bool:
    """True for a shell block that is a script, not commands to type."""
    if any(line.startswith("#!") for line in fence.body[:2]):
        return True
    return "/" in path and fits(path, fence.lang) is True and not looks_like_commands(fence.body)
