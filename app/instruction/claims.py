"""Claims: what a part of an instruction asks for, before equal paths are settled into deliverables."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import Kind, Problem, Span, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing asked for; `text` holds a file or command, `search` and `replace` an edit."""

    kind: Kind
    path: str | None
    span: Span
    text: str | None = None
    search: str | None = None
    replace: str | None = None
    format: str = "search_replace"
    description: str = ""

    @property
    def inline(self) -> bool:
        return self.text is not None or self.search is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a block was taken for, why, and what it claims."""

    use: Use
    reason: str
    path: str | None = None
    claims: tuple[Claim, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A block with the decision about it."""

    span: Span
    lang: str
    decision: Decision
