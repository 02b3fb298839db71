"""Resolution: reads the blocks of a document in order, each as edits, contents, commands or examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain import Kind, Problem, Use
from app.instruction import cues
from app.instruction.candidates import candidate
from app.instruction.claims import Claim, Decision, Reading
from app.instruction.contents import named
from app.instruction.cues import Section
from app.instruction.editing import Editing
from app.instruction.evidence import Evidence
from app.instruction.markdown import Fence, Region
from app.instruction.names import Name
from app.instruction.outline import Outline
from app.instruction.pairs import paired
from app.instruction.situation import Situation
from app.instruction.unnamed import unnamed

MOST_BLOCKS = 4_000
"""Blocks that are looked into; real instructions have some dozens. The rest are entered as unresolved."""

_TOO_MANY = Decision(use=Use.UNRESOLVED, reason="one of too many blocks to be looked into")


class Resolver:
    """Collects the readings, claims and problems of one document."""

    def __init__(self, view: Outline, evidence: Evidence) -> None:
        self.view = view
        self.evidence = evidence
        self.filled: dict[str, str] = {}
        self.editing = Editing(view, evidence)
        self.readings: list[Reading] = []
        self.claims: list[Claim] = []
        self.problems: list[Problem] = []

    def run(self) -> None:
        document = self.view.document
        items: list[Fence | Region] = sorted(
            [*document.fences, *document.regions], key=lambda item: item.span.start_line
        )
        self._leave(items[MOST_BLOCKS:])
        items = items[:MOST_BLOCKS]
        starts = [item.span.start_line for item in items[1:]] + [len(document.lines) + 1]
        ends = [0] + [item.span.end_line for item in items]
        placed = [
            (item, self.view.place(end, item.span, start))
            for item, end, start in zip(items, ends, starts, strict=False)
        ]
        pairs = paired(self.view, placed)
        second: Fence | None = None
        for item, place in placed:
            if isinstance(item, Region):
                self._keep(self.editing.region(item, place), item.fences)
            elif item is second:
                continue
            elif item.span.start_line in pairs:
                second = pairs[item.span.start_line]
                self._keep(self.editing.pair(item, second, place), (item, second))
            else:
                block = Situation(self.view, self.evidence, self.filled, item, place)
                self._keep(self._decide(block), (item,))

    def _leave(self, items: Sequence[Fence | Region]) -> None:
        """Enters blocks without looking into them."""
        for item in items:
            for fence in item.fences if isinstance(item, Region) else (item,):
                self.readings.append(Reading(span=fence.span, lang=fence.lang, decision=_TOO_MANY))
        if items:
            message = f"Only the first {MOST_BLOCKS} blocks were looked into."
            advice = "Split the instruction into several tasks."
            line = items[0].span.start_line
            self.problems.append(
                Problem(code="too_many_blocks", message=message, line=line, suggestion=advice)
            )

    def _keep(self, decision: Decision, fences: Sequence[Fence]) -> None:
        """Writes a decision down, for every block it speaks of."""
        self.readings.extend(Reading(span=fence.span, lang=fence.lang, decision=decision) for fence in fences)
        self.claims.extend(decision.claims)
        self.problems.extend(decision.problems)
        for claim in decision.claims:
            if claim.kind is Kind.CREATE and claim.path:
                self.filled.setdefault(claim.path, claim.text or "")

    def _decide(self, block: Situation) -> Decision:
        chosen = candidate(block)
        name = chosen if isinstance(chosen, Name) else None
        if block.place.section not in (Section.EXAMPLE, Section.ROLLBACK):
            edits = self.editing.block(block, name)
            if edits:
                return edits
        if isinstance(chosen, tuple):
            return _ambiguous(block, chosen)
        decision = named(block, name) if name else None
        decision = decision or unnamed(block, lambda: self.editing.target_of_snippet(block))
        if decision.use is Use.UNRESOLVED and self._goes_on(block):
            return replace(self.readings[-1].decision, claims=(_more(block, self.claims[-1]),))
        return decision

    def _goes_on(self, block: Situation) -> bool:
        """True right below a snippet of the same language, with nothing said in between."""
        before = self.readings[-1] if self.readings else None
        said = [line for line in map(block.words, block.place.prose) if not cues.ALSO.match(line)]
        if before is None or said or before.lang != block.fence.lang:
            return False
        headed = block.place.headings and block.place.headings[0].line > before.span.start_line
        return before.decision.use is Use.EDIT and len(before.decision.claims) == 1 and not headed


def _more(block: Situation, claim: Claim) -> Claim:
    return Claim(kind=Kind.EDIT, path=claim.path, span=block.fence.span, description=claim.description)


def _ambiguous(block: Situation, paths: tuple[str, ...]) -> Decision:
    each = " and ".join(f"`{path}`" for path in paths)
    problem = Problem(
        code="ambiguous_block",
        message=f"This block could be for {each}.",
        line=block.fence.span.start_line,
        suggestion="Put ``Create `path`:`` on the line above each block.",
    )
    return Decision(use=Use.UNRESOLVED, reason=f"{each} name it with equal rank", problems=(problem,))
