"""Resolution: which file each block is for, and what the block is: contents, edit, command, example."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import Kind, Problem, Span, Use
from app.instruction.claims import Claim, Reading
from app.instruction.contents import candidate, named, unnamed
from app.instruction.cues import Section
from app.instruction.edits import (
    Change,
    elision,
    has_search_markers,
    is_unified_diff,
    search_replace,
    unified_diff,
)
from app.instruction.evidence import Evidence
from app.instruction.headers import header_name
from app.instruction.markdown import BOLD_LEVEL, Fence, Region
from app.instruction.naming import Name, Role
from app.instruction.outline import Outline, Place
from app.instruction.pairs import inside, paired
from app.instruction.paths import extension, fits, is_untagged

_QUIET = (Section.EXAMPLE, Section.ROLLBACK)
_MARKDOWN = frozenset({"md", "markdown", "mdx", "rst", "txt"})
_NAMING = (Role.CREATE, Role.EDIT, Role.FILE)


class Resolver:
    """Reads the blocks of one document in order and remembers which files have their contents already."""

    def __init__(self, view: Outline, evidence: Evidence) -> None:
        self.view = view
        self.document = view.document
        self.evidence = evidence
        self.filled: dict[str, str] = {}
        self.edited_in: tuple[str, int] | None = None
        self.claims: list[Claim] = []
        self.readings: list[Reading] = []
        self.problems: list[Problem] = []

    def run(self) -> None:
        items: list[Fence | Region] = sorted(
            [*self.document.fences, *self.document.regions], key=lambda item: item.span.start_line
        )
        pairs = paired(self.view, self.document.fences)
        second: Fence | None = None
        end = 0
        starts = [item.span.start_line for item in items[1:]] + [len(self.document.lines) + 1]
        for item, next_start in zip(items, starts, strict=False):
            place = self.view.place(end, item.span, next_start)
            end = item.span.end_line
            if isinstance(item, Region):
                self._region(item, place)
            elif item is second:
                continue
            elif item.span.start_line in pairs:
                second = pairs[item.span.start_line]
                self._pair(item, second, place)
            else:
                self._fence(item, place)

    # What was read, written down.

    def _note(
        self, block: Fence, use: Use, reason: str, path: str | None = None, claims: Sequence[Claim] = ()
    ) -> None:
        self.readings.append(
            Reading(span=block.span, lang=block.lang, use=use, reason=reason, path=path, claims=tuple(claims))
        )
        self.claims.extend(claims)

    def _warn(self, code: str, message: str, line: int, suggestion: str, severity: str = "warning") -> None:
        self.problems.append(
            Problem(code=code, message=message, line=line, severity=severity, suggestion=suggestion)
        )

    # Edits.

    def _region(self, region: Region, place: Place) -> None:
        changes, _ = search_replace(region.body)
        path = self._edit_target(place, region.span.start_line)
        claims: list[Claim] = []
        if not changes:
            self._warn(
                "malformed_edit",
                "These edit markers have no `=======` line between them.",
                region.span.start_line,
                _SR_FORM,
            )
        elif path is None:
            self._pathless_edit(region.span.start_line)
        else:
            claims = [_edit_claim(path, change, region.span.start_line) for change in changes]
            self.edited_in = (path, region.span.start_line)
        use = Use.EDIT if claims else Use.UNRESOLVED
        for fence in region.fences:
            self.readings.append(
                Reading(
                    span=fence.span,
                    lang=fence.lang,
                    use=use,
                    reason="inside an edit",
                    path=path,
                    claims=tuple(claims),
                )
            )
        self.claims.extend(claims)

    def _pathless_edit(self, line: int) -> None:
        self._warn(
            "edit_without_file",
            "No line says which file this edit is for.",
            line,
            "Put `File: path/of/the/file` on the line above it.",
        )

    def _pair(self, old: Fence, new: Fence, place: Place) -> None:
        line = old.span.start_line
        path = self._edit_target(place, line)
        if place.section in _QUIET and not any(name.label for name in place.names):
            path = None
        if path is None:
            plain = place.section is not Section.WORK or is_untagged(old.lang)
            use, reason = (
                (Use.EXAMPLE, "a before and after that names no file")
                if plain
                else (Use.UNRESOLVED, "a before and after that names no file")
            )
            if not plain:
                self._pathless_edit(line)
            self._note(old, use, reason)
            self._note(new, use, reason)
            return
        span = Span(line, new.span.end_line)
        elided = elision(old.body) is not None or elision(new.body) is not None
        claim = Claim(
            kind=Kind.EDIT, path=path, span=span, format="labelled_pair", description=self._words(place),
            search=None if elided else "\n".join(old.body), replace=None if elided else "\n".join(new.body),
        )  # fmt: skip
        self.edited_in = (path, line)
        self._note(old, Use.EDIT, "the text to find, by its label", path, [claim])
        self.readings.append(
            Reading(
                span=new.span,
                lang=new.lang,
                use=Use.EDIT,
                reason="the text to put there, by its label",
                path=path,
                claims=(claim,),
            )
        )

    def _changes(self, fence: Fence, place: Place, changes: Sequence[Change], reason: str) -> None:
        inner = header_name(fence)
        path = (
            inner.path
            if inner and inner.label
            else self._edit_target(place, fence.span.start_line) or (inner.path if inner else None)
        )
        if path is None:
            self._note(fence, Use.UNRESOLVED, "an edit that names no file")
            self._pathless_edit(fence.span.start_line)
            return
        self.edited_in = (path, fence.span.start_line)
        self._note(
            fence,
            Use.EDIT,
            reason,
            path,
            [_edit_claim(path, change, fence.span.start_line + 1) for change in changes],
        )

    def _diff(self, fence: Fence, place: Place) -> bool:
        patches = unified_diff(fence.body)
        if not any(patch.changes or patch.created for patch in patches):
            return False
        claims: list[Claim] = []
        for patch in patches:
            path = patch.path or self._edit_target(place, fence.span.start_line)
            if path is None:
                self._pathless_edit(fence.span.start_line)
                self._note(fence, Use.UNRESOLVED, "a diff that names no file")
                return True
            path = self.evidence.full(path)
            if patch.created is not None:
                claims.append(
                    Claim(kind=Kind.CREATE, path=path, span=fence.span, text=patch.created, firm=True)
                )
            for change in patch.changes:
                if change.search:
                    claims.append(_edit_claim(path, change, fence.span.start_line + 1))
                else:
                    claims.append(Claim(kind=Kind.EDIT, path=path, span=fence.span, format="unified_diff"))
        self._note(fence, Use.EDIT, "a unified diff", claims[0].path, claims)
        return True

    def _edit_target(self, place: Place, line: int) -> str | None:
        """The file an edit on `line` is for: the nearest line, then the section, its headings, the document."""
        direct = [name for name in place.names if not name.above]
        nearest = next((name for name in direct if name.label and name.role in _NAMING), None)
        if nearest is None and direct:
            same = {name.path for name in direct if name.line == direct[0].line}
            nearest = direct[0] if len(same) == 1 else None
        if nearest:
            return self.evidence.full(nearest.path)
        start = self.view.section_start(line)
        if self.edited_in and self.edited_in[1] > start:
            return self.edited_in[0]
        earlier = [n for n in self.view.names_between(start + 1, line) if n.label and n.role in _NAMING]
        if earlier:
            return self.evidence.full(earlier[-1].path)
        for heading in place.headings:
            found = self.view.names_between(heading.line, heading.line)
            paths = {name.path for name in found}
            if len(paths) == 1:
                return self.evidence.full(found[0].path)
            if heading.level < BOLD_LEVEL:
                above = [n for n in self.view.names_under(heading.line) if n.label and n.role in _NAMING]
                if len({n.path for n in above}) == 1:
                    return self.evidence.full(above[0].path)
        return self.evidence.only_target()

    # Blocks.

    def _fence(self, fence: Fence, place: Place) -> None:
        chosen = candidate(self.view, self.evidence, self.filled, fence, place)
        name = chosen if isinstance(chosen, Name) else None
        if not _is_document(name, fence) and place.section not in _QUIET and self._edits(fence, place, name):
            return
        if isinstance(chosen, tuple):
            both = " and ".join(f"`{path}`" for path in chosen)
            self._note(fence, Use.UNRESOLVED, f"{both} name it with equal rank")
            self._warn(
                "ambiguous_block",
                f"This block could be for {both}.",
                fence.span.start_line,
                "Put `Create `path`:` on the line above each block.",
            )
            return
        decision = named(self.view, self.evidence, self.filled, fence, place, name) if name else None
        decision = decision or unnamed(self.view, fence, place, self._change_target(fence, place))
        self.problems.extend(decision.problems)
        for claim in decision.claims:
            if claim.kind is Kind.CREATE and claim.path and claim.text is not None:
                self.filled.setdefault(claim.path, claim.text)
        self._note(fence, decision.use, decision.reason, decision.path, decision.claims)

    def _edits(self, fence: Fence, place: Place, name: Name | None) -> bool:
        """Reads the block as edits that carry their bytes; False where it holds none."""
        if has_search_markers(fence.body):
            changes, stray = search_replace(fence.body)
            for offset in stray:
                self._warn(
                    "malformed_edit",
                    "This edit marker has no partner.",
                    fence.span.start_line + 1 + offset,
                    _SR_FORM,
                )
            if changes:
                self._changes(fence, place, changes, "SEARCH/REPLACE markers")
                return True
        if is_unified_diff(fence.lang, fence.body) and self._diff(fence, place):
            return True
        changes = inside(fence.body)
        if changes and (name is None or name.role is not Role.CREATE):
            self._changes(fence, place, changes, "a labelled pair inside the block")
            return True
        return False

    def _change_target(self, fence: Fence, place: Place) -> str | None:
        target = self._edit_target(place, fence.span.start_line)
        return target if target and fits(target, fence.lang) is not False else None

    def _words(self, place: Place) -> str:
        return self.document.line(place.last).strip()[:200] if place.last else ""


_SR_FORM = "Write `<<<<<<< SEARCH`, the old lines, `=======`, the new lines, `>>>>>>> REPLACE`, each marker on its own line."


def _is_document(name: Name | None, fence: Fence) -> bool:
    """True for a document that may well show edit markers without asking for an edit."""
    return (
        name is not None
        and name.role is Role.CREATE
        and extension(name.path) in _MARKDOWN
        and fence.lang in ("markdown", "md", "")
    )


def _edit_claim(path: str, change: Change, first_line: int) -> Claim:
    span = Span(first_line + change.first, first_line + change.last)
    return Claim(
        kind=Kind.EDIT,
        path=path,
        span=span,
        search=change.search,
        replace=change.replace,
        format=change.format,
    )
