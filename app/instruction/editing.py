"""Editing: the edits a document carries, and the file that each of them is for."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import Kind, Problem, Span, Use
from app.instruction.claims import Claim, Decision
from app.instruction.cues import Section
from app.instruction.edits import (
    Change,
    Patch,
    elision,
    has_search_markers,
    is_unified_diff,
    search_replace,
    unified_diff,
)
from app.instruction.evidence import Evidence
from app.instruction.headers import header_name
from app.instruction.languages import extension, fits, has_place_for, is_untagged
from app.instruction.markdown import Fence, Heading, Region
from app.instruction.names import NAMING, Name, Role
from app.instruction.outline import Outline, Place
from app.instruction.pairs import inside
from app.instruction.situation import Situation
from app.instruction.spoken import spoken

_FORM = (
    "Write `<<<<<<< SEARCH`, the old lines, `=======`, the new lines, `>>>>>>> REPLACE`, "
    "each marker on its own line."
)
_DOCUMENTS = frozenset({"md", "markdown", "mdx", "rst", "txt"})


class Editing:
    """Reads edits in the order of the document; remembers the file that the last one was for."""

    def __init__(self, view: Outline, evidence: Evidence) -> None:
        self.view = view
        self.evidence = evidence
        self._last: tuple[str, int] | None = None

    def region(self, region: Region, place: Place) -> Decision:
        """SEARCH/REPLACE markers outside every fence."""
        changes, _ = search_replace(region.body)
        line = region.span.start_line
        if not changes:
            return Decision(use=Use.UNRESOLVED, reason="broken edit markers", problems=(_malformed(line),))
        return self._edits(self._target(place, line), changes, line=line, first=line, reason="inside an edit")

    def pair(self, old: Fence, new: Fence, place: Place) -> Decision:
        """Two blocks under labels such as FIND and REPLACE WITH."""
        line = old.span.start_line
        shown = place.section not in (Section.WORK, Section.SETUP)
        hidden = shown and not any(name.label for name in place.names)
        path = None if hidden else self._target(place, line)
        if path is None:
            reason = "a before and after that names no file"
            if shown or is_untagged(old.lang):
                return Decision(use=Use.EXAMPLE, reason=reason)
            return Decision(use=Use.UNRESOLVED, reason=reason, problems=(_pathless(line),))
        elided = elision(old.body) is not None or elision(new.body) is not None
        self._last = (path, line)
        claim = Claim(
            kind=Kind.EDIT,
            path=path,
            span=Span(line, new.span.end_line),
            search=None if elided else "\n".join(old.body),
            replace=None if elided else "\n".join(new.body),
            format="labelled_pair",
            description=self.view.document.line(place.last).strip()[:200] if place.last else "",
        )
        return Decision(
            use=Use.EDIT, reason="labelled as text to find and text to put there", path=path, claims=(claim,)
        )

    def block(self, block: Situation, name: Name | None) -> Decision | None:
        """The edits inside one fence; None where it holds none, or is a file that shows some."""
        fence, start = block.fence, block.fence.span.start_line
        creates = name is not None and name.role is Role.CREATE
        if creates and name and extension(name.path) in _DOCUMENTS and fence.lang in ("markdown", "md", ""):
            return None
        if has_search_markers(fence.body):
            changes, stray = search_replace(fence.body)
            broken = tuple(_malformed(start + 1 + offset) for offset in stray)
            path = self._of_block(block) if changes or broken else None
            if changes:
                return self._edits(
                    path,
                    changes,
                    line=start,
                    first=start + 1,
                    reason="SEARCH/REPLACE markers",
                    problems=broken,
                )
            return self._broken(block, path, broken)
        if is_unified_diff(fence.lang, fence.body) and not creates:
            return self._diff(block, unified_diff(fence.body))
        changes = () if creates else inside(fence.body)
        if not changes:
            return None
        path = self._of_block(block)
        return self._edits(path, changes, line=start, first=start + 1, reason="a labelled pair")

    def target_of_snippet(self, block: Situation) -> str | None:
        """The file that a change at this place is for, if the block's language is the file's."""
        target = self._target(block.place, block.fence.span.start_line)
        lang = block.fence.lang
        wrong = target is None or (fits(target, lang) is False and not has_place_for(target, lang))
        return None if wrong else target

    def _of_block(self, block: Situation) -> str | None:
        inner = header_name(block.fence)
        if inner and inner.label:
            return self.evidence.full(inner.path)
        return self._target(block.place, block.fence.span.start_line) or (inner.path if inner else None)

    def _broken(self, block: Situation, path: str | None, problems: tuple[Problem, ...]) -> Decision:
        """Markers without partners: a change that a model has to make out."""
        if path is None:
            return Decision(use=Use.UNRESOLVED, reason="broken edit markers", problems=problems)
        claim = Claim(kind=Kind.EDIT, path=path, span=block.fence.span, description=block.lead[:200])
        return Decision(
            use=Use.EDIT, reason="broken edit markers", path=path, claims=(claim,), problems=problems
        )

    def _edits(
        self,
        path: str | None,
        changes: Sequence[Change],
        *,
        line: int,
        first: int,
        reason: str,
        problems: tuple[Problem, ...] = (),
    ) -> Decision:
        if path is None:
            return Decision(
                use=Use.UNRESOLVED, reason="an edit that names no file", problems=(_pathless(line), *problems)
            )
        self._last = (path, line)
        claims = tuple(_claim(path, change, first) for change in changes)
        return Decision(use=Use.EDIT, reason=reason, path=path, claims=claims, problems=problems)

    def _diff(self, block: Situation, patches: Sequence[Patch]) -> Decision | None:
        start = block.fence.span.start_line
        claims: list[Claim] = []
        for patch in patches:
            path = patch.path or self._target(block.place, start)
            if path is None:
                return Decision(
                    use=Use.UNRESOLVED, reason="a diff that names no file", problems=(_pathless(start),)
                )
            path = self.evidence.full(path)
            if patch.created is not None:
                claims.append(Claim(kind=Kind.CREATE, path=path, span=block.fence.span, text=patch.created))
            claims.extend(
                _claim(path, change, start + 1)
                if change.search
                else Claim(kind=Kind.EDIT, path=path, span=block.fence.span, format="unified_diff")
                for change in patch.changes
            )
        if not claims:
            return None
        self._last = (claims[-1].path or "", start)
        return Decision(use=Use.EDIT, reason="a unified diff", path=claims[0].path, claims=tuple(claims))

    def _target(self, place: Place, line: int) -> str | None:
        """The file an edit on `line` is for: by the nearest line, the section, its headings, the document."""
        direct = [name for name in place.names if not name.above]
        named = [name for name in direct if name.label and name.role in NAMING]
        if named:
            told = spoken(
                named, [self.view.document.line(number) for number in place.prose if number > named[0].line]
            )
            return self.evidence.full((told or named[0]).path)
        start = self.view.section_start(line)
        labelled = [n for n in self.view.names_between(start + 1, line) if n.label and n.role in NAMING]
        listed = {self.evidence.full(name.path) for name in labelled}
        mentioned = {self.evidence.full(name.path) for name in direct if name.line == direct[0].line}
        if len(mentioned) == 1 and (not listed or mentioned <= listed):
            return mentioned.pop()
        if self._last and self._last[1] > start:
            return self._last[0]
        if labelled:
            told = spoken(labelled, [self.view.document.line(number) for number in place.prose])
            return self.evidence.full((told or labelled[-1]).path)
        by_heading = (self._named_by(heading, line) for heading in place.headings)
        return next((path for path in by_heading if path), None) or self.evidence.only_target()

    def _named_by(self, heading: Heading, line: int) -> str | None:
        """The one path in a heading, or the one file named between it and the next heading."""
        inside_heading = self.view.names_between(heading.line, heading.line)
        below = [n for n in self.view.names_under(heading.line, line) if n.label and n.role in NAMING]
        for names in (inside_heading, below):
            if len({name.path for name in names}) == 1:
                return self.evidence.full(names[0].path)
        return None


def _claim(path: str, change: Change, first_line: int) -> Claim:
    span = Span(first_line + change.first, first_line + change.last)
    return Claim(
        kind=Kind.EDIT,
        path=path,
        span=span,
        search=change.search,
        replace=change.replace,
        format=change.format,
    )


def _malformed(line: int) -> Problem:
    message = "This edit marker has no partner, or no `=======` line follows it."
    return Problem(code="malformed_edit", message=message, line=line, suggestion=_FORM)


def _pathless(line: int) -> Problem:
    return Problem(
        code="edit_without_file",
        message="No line says which file this edit is for.",
        line=line,
        suggestion="Put ``File: `path/of/the/file` `` on the line above it.",
    )
