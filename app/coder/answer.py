"""Answer: the values a model's reply comes to."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import Edit, Problem, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFile:
    r"""A whole file of a reply: its contents end every line with `\\n` and hold no marker.

    `path` is None for a block that no rule named; the caller may know the path. `complete` is False for a
    block that the reply's end cut. `line` is that of its opening fence or tag.
    """

    path: str | None
    content: str
    matched_by: str
    line: int
    complete: bool = True
    lang: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyBlock:
    """The one entry every block of a reply gets: what it was taken for, and why."""

    start_line: int
    end_line: int
    lang: str
    use: Use
    reason: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """All that a reply holds. An edit whose file nothing names has the path ""."""

    files: tuple[ReplyFile, ...] = ()
    edits: tuple[Edit, ...] = ()
    blocks: tuple[ReplyBlock, ...] = ()
    problems: tuple[Problem, ...] = ()
