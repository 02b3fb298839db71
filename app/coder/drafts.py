"""Drafts: the thinking that a reply carries before its answer, and the marks that end a reply."""

from __future__ import annotations

import re
from functools import cache

from app.coder.fences import Fences, fence_lines

_MOST_FENCES = 4_000
_DEEPEST = 200
NAMES = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|antthinking|seed:think"
_OTHERS = {
    "[think]": "[/think]",
    "<|start_thinking|>": "<|end_thinking|>",
    "\u25c1think\u25b7": "\u25c1/think\u25b7",
}
_ANY = rf"<(?:{NAMES})>|{'|'.join(map(re.escape, _OTHERS))}"
_OPENING = re.compile(rf"\s*+({_ANY})", re.IGNORECASE)
_ANY_OPENING = re.compile(_ANY, re.IGNORECASE)
_ANY_CLOSING = re.compile(rf"</(?:{NAMES})>|{'|'.join(map(re.escape, _OTHERS.values()))}", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t]*+$", re.MULTILINE)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>final[^\n<]{0,40}<\|message\|>")
_END_MARKS = (
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|return|>", "<|end|>", "<|end_of_text|>", "<end_of_turn>",
    "</s>", "<\uff5cend\u2581of\u2581sentence\uff5c>",
)  # fmt: skip


def normal(text: str) -> str:
    r"""The reply with `\\n` as its only line end, without byte order mark and without a model's end marks."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    bare = text.rstrip()
    while mark := next((mark for mark in _END_MARKS if bare.endswith(mark)), None):
        text = bare.removesuffix(mark)
        bare = text.rstrip()
    return text


def without_opening_draft(text: str) -> tuple[str, bool]:
    """The text without the drafts it begins with, its line numbers kept, and whether they were ever closed.

    A reply may begin with the opening mark or, where the prompt held that, have only the closing one; what
    stands before a final channel is draft too.
    """
    end = 0
    if final := _FINAL_CHANNEL.search(text):
        end = final.end()
    while opening := _OPENING.match(text, end):
        closing = draft_end(text, opening)
        if closing is None:
            return "", False
        end = closing
    end = end or _lone_end(text)
    return "\n" * text.count("\n", 0, end) + text[end:], True


def _lone_end(text: str) -> int:
    """Where a draft without an opening mark ends, 0 where none does; marks inside a block are the file's."""
    closing = _lone_closing(text, 0)
    if closing is None or _ANY_OPENING.search(text, 0, closing.start()):
        return 0
    lines = fence_lines(text, most=_MOST_FENCES)
    fences = Fences(text, lines)
    at = 0
    for line in lines:
        if at <= line.start < closing.start():
            at = fences.block(line, prose=False).end
            closing = _lone_closing(text, max(at, closing.start()))
            if closing is None:
                return 0
    return closing.end()


def _lone_closing(text: str, start: int) -> re.Match[str] | None:
    """The next closing mark that begins or ends its line."""
    return next(
        (mark for mark in _ANY_CLOSING.finditer(text, start) if _begins_or_ends_line(text, mark)), None
    )


def _begins_or_ends_line(text: str, mark: re.Match[str]) -> bool:
    before = text[max(0, mark.start() - _DEEPEST) : mark.start()].rstrip(" \t")
    return (
        before.endswith("\n")
        or not (before or mark.start() > _DEEPEST)
        or bool(_LINE_END.match(text, mark.end()))
    )


def draft_end(text: str, opening: re.Match[str]) -> int | None:
    """Where the draft ends that this mark opened (group 1); None if nothing closes it."""
    found = _closing_of(opening[1].lower()).search(text, opening.end())
    return found.end() if found else None


@cache
def _closing_of(mark: str) -> re.Pattern[str]:
    return re.compile(re.escape(_OTHERS.get(mark, f"</{mark[1:]}")), re.IGNORECASE)


def draft_at(text: str, start: int) -> re.Match[str] | None:
    """The opening mark of a draft at this offset."""
    return _OPENING.match(text, start)
