"""Claims: what a part of an instruction asks for, before equal paths are settled into deliverables."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain import Kind, Problem, Span, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing asked for. `text` are a file's or command's bytes; `search` and `replace` those of an edit.

    `firm`: the author says outright that these are the whole contents. `listed`: only a list or table names it.
    """

    kind: Kind
    path: str | None
    span: Span
    text: str | None = None
    search: str | None = None
    replace: str | None = None
    format: str = "search_replace"
    firm: bool = False
    listed: bool = False
    description: str = ""

    @property
    def inline(self) -> bool:
        return self.text is not None or self.search is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one fenced block was taken for, and what it claims."""

    span: Span
    lang: str
    use: Use
    reason: str
    path: str | None = None
    claims: tuple[Claim, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
