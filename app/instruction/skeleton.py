"""Skeletons: a line of prose with each path replaced by a mark, so that a short grammar can read the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.instruction.paths import as_path, as_weak_path

MARK = "\ue000(\\d+)\ue001"
NO_MARK = "[^\ue000]"
LABEL = r"(?:new\s+|target\s+|output\s+)?(?:files?|paths?|location|filename)\b"

_SPAN = re.compile(r"(`+)([^`]+)\1")
_WORD = re.compile(r"\S+")
_ESCAPED = re.compile(r"\\([_.*-])")
_LEAD = re.compile(r"^\s*(?:>\s*)*(?:#{1,6}\s+)?(?:[-*+•]\s+|\d+[.)]\s+)?(?:\[[ xX]\]\s+)?")
_DECORATION = re.compile(r"^[^\w\ue000/.~(\[]+")
_STAGES = (
    "step|phase|task|part|section|stage|item|fix|action|subtask|change|deliverable|edit|patch|component|"
    "option|"
    "bug|issue"
)
_ORDINAL = re.compile(
    rf"^(?:(?:{_STAGES})\s*\#?[\d.]*[a-z]?\b|\(?[\d.]+[a-z]?\)?|[a-z]\))\s*(?:[:.)]|[—\u2013-])\s*|^\d+(?:\.\d+)+\s+",
    re.IGNORECASE,
)
_NAMES_A_FILE = re.compile(
    r"(?:^|[\s*])(?:files?|create|modify|edit|update)\**:\**\s*$|\bcreate\s+(?:(?:a|the|new)\s+)*file\s+$",
    re.IGNORECASE,
)
_CREATES = re.compile(r"\bcreate\s+(?:(?:a|the|new|file)\s+)*$", re.IGNORECASE)
LONGEST_LABEL = 20
"""Characters before a code span in which a label such as `Modify:` makes a file of what has no extension."""
_LABELLED = re.compile(LABEL, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The words of a paragraph, without decoration and ordinals in front, mark `n` standing for `paths[n]`.

    `lines[n]` is the offset of the line that names `paths[n]`.
    """

    text: str
    paths: tuple[str, ...]
    lines: tuple[int, ...]


_NOTHING = Skeleton("", (), ())


def mark(number: int) -> str:
    return f"\ue000{number}\ue001"


def skeleton(*lines: str) -> Skeleton:
    """The skeleton of the lines of one paragraph, read as one."""
    paths: list[str] = []
    offsets: list[int] = []
    texts: list[str] = []

    def put(path: str) -> str:
        paths.append(path)
        offsets.append(len(texts))
        return mark(len(paths) - 1)

    for line in lines:
        texts.append(_marked(line.strip() if texts else _LEAD.sub("", line, count=1), put))
    return Skeleton(_undecorated(" ".join(texts)), tuple(paths), tuple(offsets)) if paths else _NOTHING


def _marked(text: str, put: Callable[[str], str]) -> str:
    if "`" in text:
        text = _SPAN.sub(lambda match: _span(match, put), text)
    text = text.replace("**", "").replace("__ ", " ")
    if "." in text or "/" in text:
        text = _WORD.sub(lambda match: _bare(match.group(), put), text)
    return text


def _undecorated(text: str) -> str:
    while True:
        shorter = _DECORATION.sub("", text, count=1)
        if not _LABELLED.match(shorter):
            shorter = _ORDINAL.sub("", shorter, count=1)
        if shorter == text:
            return text.strip()
        text = shorter


def _span(match: re.Match[str], put: Callable[[str], str]) -> str:
    """A code span: a mark where it is a path, otherwise a sign that stands for any code."""
    content = match.group(2).strip()
    path = as_path(content, quoted=True)
    if path is None and ("/" in content or content.startswith(".")):
        before = match.string[max(0, match.start() - LONGEST_LABEL) : match.start()]
        hidden = content.startswith(".") and _CREATES.search(before)
        if _is_program(content) or _NAMES_A_FILE.search(before) or hidden:
            path = as_weak_path(content)
    return put(path) if path else " ~ "


def _is_program(token: str) -> bool:
    return any(part in token for part in ("bin/", "/etc/", "hooks/", "scripts/", "cron.d/"))


def _bare(word: str, put: Callable[[str], str]) -> str:
    if "\ue000" in word or ("." not in word and "/" not in word):
        return word
    core = word.strip(",;:!?()[]\"'*").removesuffix(".")
    named = _ESCAPED.sub(r"\1", core)
    path = as_path(named, quoted=False) if core else None
    if path is None and core.startswith("/") and not core.endswith("/") and _is_program(core):
        path = as_weak_path(named)
    return word.replace(core, put(path), 1) if path else word
