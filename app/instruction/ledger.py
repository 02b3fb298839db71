"""The ledger: reads an instruction and settles what the task owes, before any model runs."""

from __future__ import annotations

from app.domain import Block, Content, Deliverable, Edit, Kind, Ledger, Problem, Verdict
from app.instruction.claims import Claim, Reading
from app.instruction.evidence import gather
from app.instruction.markdown import Document, scan
from app.instruction.outline import outline
from app.instruction.owed import owed_by_name
from app.instruction.paths import refusal
from app.instruction.resolve import Resolver

SEVERE = "error"
_UNCLEAR = ("malformed_edit", "edit_without_file", "too_many_names")


def read(text: str) -> Ledger:
    """Reads an instruction. Pure; raises nothing, whatever the text; time linear in its length."""
    document = scan(text)
    view = outline(document)
    evidence = gather(view.names, (heading.text for heading in document.headings))
    resolver = Resolver(view, evidence)
    resolver.run()
    claims = sorted([*resolver.claims, *owed_by_name(view, evidence, resolver.claims)], key=_order)
    settled, ids, conflicts = _settle(claims)
    problems = [
        *resolver.problems,
        *conflicts,
        *_refused(settled),
        *_unclosed(document, resolver.readings),
        *_unseen(document),
    ]
    problems.extend(_empty_searches(claims))
    if view.unread_from:
        problems.append(
            Problem(
                code="too_many_names",
                message="The instruction names too many files; lines from here on were not read for names.",
                line=view.unread_from,
                suggestion="Split the instruction into several tasks.",
            )
        )
    blocks = tuple(
        _block(reading, ids) for reading in sorted(resolver.readings, key=lambda r: r.span.start_line)
    )
    problems.sort(key=lambda problem: problem.line or 0)
    return Ledger(
        title=view.title,
        deliverables=tuple(settled),
        blocks=blocks,
        problems=tuple(problems),
        verdict=_verdict(settled, resolver.readings, problems),
    )


def _order(claim: Claim) -> tuple[int, int]:
    return claim.span.start_line, claim.span.end_line


def _settle(claims: list[Claim]) -> tuple[list[Deliverable], dict[int, str], list[Problem]]:
    """One deliverable for each claim; claims that create one path share it, unless their contents differ.

    `ids` maps claims, by identity, to their deliverables.
    """
    settled: list[Deliverable] = []
    ids: dict[int, str] = {}
    conflicts: list[Problem] = []
    created: dict[str, int] = {}
    filled: dict[tuple[str, str], int] = {}
    for claim in claims:
        path = claim.path if claim.kind is Kind.CREATE and claim.path else None
        known = filled.get((path, claim.text)) if path and claim.text is not None else None
        first = created.get(path) if path and known is None else known
        if first is not None and known is None and claim.text is not None and settled[first].text is not None:
            conflicts.append(_conflict(settled[first], claim))
            first = None
        if first is None:
            first = len(settled)
            settled.append(_deliverable(claim, f"d{first + 1}"))
        elif settled[first].text is None and claim.text is not None:
            settled[first] = _deliverable(claim, settled[first].id)
        ids[id(claim)] = settled[first].id
        if path:
            created.setdefault(path, first)
            if claim.text is not None:
                filled.setdefault((path, claim.text), first)
    return settled, ids, conflicts


def _deliverable(claim: Claim, identity: str) -> Deliverable:
    edit = None
    if claim.search is not None and claim.path is not None:
        edit = Edit(path=claim.path, search=claim.search, replace=claim.replace or "", format=claim.format)
    return Deliverable(
        id=identity,
        kind=claim.kind,
        path=claim.path,
        content=Content.INLINE if claim.inline else Content.GENERATE,
        source=claim.span,
        text=claim.text,
        edit=edit,
        description=claim.description,
    )


def _conflict(before: Deliverable, claim: Claim) -> Problem:
    return Problem(
        code="conflicting_contents",
        severity=SEVERE,
        message=f"`{claim.path}` has two different contents, on line {before.source.start_line} and here.",
        line=claim.span.start_line,
        suggestion="Keep one of the two, or give the second as an edit with SEARCH/REPLACE.",
    )


def _refused(deliverables: list[Deliverable]) -> list[Problem]:
    problems: list[Problem] = []
    for deliverable in deliverables:
        refused = refusal(deliverable.path) if deliverable.path else None
        if refused:
            code, why = refused
            problems.append(
                Problem(
                    code=code,
                    severity=SEVERE,
                    message=f"`{deliverable.path}` {why}.",
                    line=deliverable.source.start_line,
                    suggestion="Name the file by its real path, in the workspace or under an allowed folder.",
                )
            )
    return problems


def _empty_searches(claims: list[Claim]) -> list[Problem]:
    return [
        Problem(
            code="empty_search",
            severity=SEVERE,
            message=f"This edit of `{claim.path}` has no text to search for.",
            line=claim.span.start_line,
            suggestion="Copy the old lines under `<<<<<<< SEARCH`; for a new file write ``Create `path`:``.",
        )
        for claim in claims
        if claim.search is not None and not claim.search.strip()
    ]


def _unclosed(document: Document, readings: list[Reading]) -> list[Problem]:
    """A file whose block runs on to the end; and, to be known, every other block that nothing closes."""
    open_at = {fence.span.start_line for fence in document.fences if not fence.closed}
    problems: list[Problem] = []
    for reading in readings:
        if reading.span.start_line not in open_at:
            continue
        is_file = any(
            claim.kind is Kind.CREATE and claim.text is not None for claim in reading.decision.claims
        )
        problems.append(
            Problem(
                code="unclosed_fence",
                severity=SEVERE if is_file else "warning",
                message="Nothing closes this block, so where it ends is a guess.",
                line=reading.span.start_line,
                suggestion="Close it with a line that holds the same fence and nothing else.",
            )
        )
    return problems


def _unseen(document: Document) -> list[Problem]:
    """Lines that look like fences and are none, and repairs that were made."""
    problems = [
        Problem(
            code="indented_fence",
            severity="info",
            message="This line looks like a fence but is indented by four columns, so it is plain text.",
            line=line,
            suggestion="Take the indentation off.",
        )
        for line in document.stray
    ]
    problems.extend(
        Problem(
            code="commented_out",
            severity="info",
            message="An HTML comment hides these lines; nothing in them is read.",
            line=span.start_line,
            suggestion="Take the comment marks off what is to be done.",
        )
        for span in document.hidden
        if any("```" in line or "~~~" in line for line in document.lines[span.start_line - 1 : span.end_line])
    )
    problems.extend(
        Problem(
            code="nested_fence",
            severity="info",
            message="This block holds fences of its own length; it ends at the fence that balances them.",
            line=fence.span.start_line,
            suggestion="Open and close the outer block with a longer fence, such as four backticks.",
        )
        for fence in document.fences
        if fence.repaired
    )
    return problems


def _block(reading: Reading, ids: dict[int, str]) -> Block:
    claims = reading.decision.claims
    deliverables = tuple(dict.fromkeys(ids[id(claim)] for claim in claims)) if claims else ()
    return Block(
        span=reading.span,
        lang=reading.lang,
        use=reading.decision.use,
        reason=reading.decision.reason,
        path=reading.decision.path,
        deliverables=deliverables,
    )


def _verdict(deliverables: list[Deliverable], readings: list[Reading], problems: list[Problem]) -> Verdict:
    if any(problem.severity == SEVERE for problem in problems):
        return Verdict.NEEDS_REWRITE
    files = [deliverable for deliverable in deliverables if deliverable.asks_for_a_file]
    unclear = any(reading.decision.use.value == "unresolved" for reading in readings)
    unclear = unclear or any(problem.code in _UNCLEAR for problem in problems)
    return Verdict.NEEDS_MODELS if not files or unclear or any(d.open for d in files) else Verdict.COMPLETE
