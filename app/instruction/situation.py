"""A block in its situation: everything that the rules look at when they decide about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.instruction.evidence import Evidence
from app.instruction.markdown import Fence
from app.instruction.names import Name
from app.instruction.outline import Outline, Place


@dataclass(frozen=True, slots=True)
class Situation:
    """One block, what stands around it, and which files have their contents already."""

    view: Outline
    evidence: Evidence
    filled: Mapping[str, str]
    fence: Fence
    place: Place

    @property
    def lead(self) -> str:
        """The line above the block, empty where a heading or another block is."""
        return self.view.paragraph(self.place.last) if self.place.last else ""

    @property
    def step(self) -> tuple[str, ...]:
        """The lines that say what the block is for: those above it, or its heading."""
        return tuple(map(self.words, {*self.place.prose[:3], *self.place.prose[-1:]})) or tuple(
            heading.text for heading in self.place.headings[:1]
        )

    def words(self, line: int) -> str:
        return self.view.document.line(line).strip()

    def announces(self, line: str) -> bool:
        """True for a line that ends in a colon, as lines above blocks do."""
        return line.rstrip(" *_").endswith(":")

    def between(self, name: Name) -> Sequence[str]:
        """What is said between name and block, nearest first: lines, or the rest of the name's own line."""
        lines = [self.words(n) for n in self.place.prose if n > name.last_line]
        return lines or ([name.rest] if name.rest else [])
