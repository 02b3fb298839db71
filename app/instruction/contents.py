"""Contents: whether a block is a named file's contents, a snippet for it, a command, or only shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import Kind, Problem, Use
from app.instruction import cues
from app.instruction.claims import Claim
from app.instruction.cues import Section
from app.instruction.edits import Written, elision, written_files
from app.instruction.evidence import Evidence
from app.instruction.headers import header_name
from app.instruction.markdown import BOLD_LEVEL, Fence
from app.instruction.naming import WHOLE, Name, Role
from app.instruction.outline import Outline, Place
from app.instruction.paths import extension, fits, is_binary, is_shell, is_untagged

_SQL = frozenset({"sql", "postgresql", "psql", "mysql", "sqlite", "pgsql"})
_SHOWN = frozenset(
    {"mermaid", "dot", "plantuml", "ascii", "output", "log", "console", "diagram", "math", "http"}
)
_NAMING = (Role.CREATE, Role.EDIT, Role.FILE)
_SNIPPET = re.compile(
    r"\blines?\s+~?\d|\baround\b|\bafter\b|\bbefore\b|\b(?:function|method)\b|->|→|::|\bsnippet\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"\b(?:continu\w+|cont'd|part\s+(?:two|2|3|three|b)\b|rest\s+of|second\s+half|then\s+append|followed\s+by|also\s+add|append)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    use: Use
    reason: str
    path: str | None = None
    claims: tuple[Claim, ...] = ()
    problems: tuple[Problem, ...] = ()


def candidate(
    view: Outline, evidence: Evidence, filled: Mapping[str, str], fence: Fence, place: Place
) -> Name | tuple[str, ...] | None:
    """The one name for this block, nearest scope first; the paths, where several have equal rank."""
    inner = header_name(fence)
    outer = _outer(view, evidence, filled, fence, place)
    if inner is None or isinstance(outer, tuple):
        return inner or outer
    direct = outer is not None and not outer.heading and outer.line in place.prose
    if outer is None or not direct:
        full = evidence.full(inner.path)
        same = outer is not None and _same(outer.path, inner.path)
        return outer if same and outer is not None else _with_path(inner, full)
    if _same(outer.path, inner.path):
        return outer
    if inner.label and inner.role is not Role.EDIT:
        return (outer.path, inner.path)
    return outer


def _with_path(name: Name, path: str) -> Name:
    return (
        name
        if name.path == path
        else Name(path=path, line=name.line, role=name.role, reason=name.reason, label=name.label)
    )


def _same(first: str, second: str) -> bool:
    """True where one path is the other, or its end."""
    a, b = first.lstrip("/"), second.lstrip("/")
    return a == b or a.endswith(f"/{b}") or b.endswith(f"/{a}")


def _outer(
    view: Outline, evidence: Evidence, filled: Mapping[str, str], fence: Fence, place: Place
) -> Name | tuple[str, ...] | None:
    direct = [
        name
        for name in place.names
        if name.label and name.role in _NAMING and not name.heading and not name.above
    ]
    announced = _announced(view, place) if not direct or direct[0].line != place.last else None
    if place.below and not any(name.line == place.last for name in direct) and not announced:
        return place.below[0]
    if announced:
        return _with_path(announced, evidence.full(announced.path))
    if direct:
        return _nearest(view, direct, fence, place)
    for heading in place.headings:
        chosen = _from_heading(view, heading.line, filled, fence, place)
        if chosen is not None:
            return chosen
        if heading.level < BOLD_LEVEL:
            pending = _pending(view, heading.line, filled, fence)
            if pending is not None:
                return pending
    return place.below[0] if place.below else None


def _announced(view: Outline, place: Place) -> Name | None:
    """A path that the last line above mentions while it ends in a colon."""
    if place.last is None or not view.document.line(place.last).rstrip(" *_").endswith(":"):
        return None
    text = view.document.line(place.last)
    if any(cue.search(text) for cue in (cues.OUTPUT, cues.RUN, cues.CURRENT, cues.EXAMPLE)):
        return None
    here = [name for name in place.names if name.line == place.last]
    if len(here) != 1 or here[0].role not in (Role.MENTION, Role.LISTED):
        return None
    role = Role.EDIT if cues.CHANGE.search(text) else Role.FILE
    return Name(path=here[0].path, line=here[0].line, role=role, reason="the line above names it", label=True)


def _nearest(view: Outline, direct: Sequence[Name], fence: Fence, place: Place) -> Name | tuple[str, ...]:
    nearest = direct[0]
    rivals = [name for name in direct if name.line == nearest.line]
    bullets = (
        _bulleted(view, nearest.line)
        and nearest.line == place.last
        and not _in_item(fence, view, nearest.line)
    )
    if bullets:
        rivals = [name for name in direct if _bulleted(view, name.line)]
    paths = tuple(dict.fromkeys(name.path for name in rivals))
    if len(paths) == 1:
        return nearest
    fitting = [name for name in rivals if fits(name.path, fence.lang)]
    if len({name.path for name in fitting}) == 1:
        return fitting[0]
    return (
        nearest
        if len(rivals) == len({name.line for name in rivals}) and not bullets
        else tuple(reversed(paths))
        if bullets
        else paths
    )


def _bulleted(view: Outline, line: int) -> bool:
    return view.document.line(line).lstrip().startswith(("- ", "* ", "+ "))


def _in_item(fence: Fence, view: Outline, line: int) -> bool:
    text, opened = view.document.line(line), view.document.line(fence.span.start_line)
    return len(opened) - len(opened.lstrip()) > len(text) - len(text.lstrip())


def _from_heading(
    view: Outline, line: int, filled: Mapping[str, str], fence: Fence, place: Place
) -> Name | None:
    found = view.names_between(line, line)
    paths = {name.path for name in found}
    if len(paths) != 1:
        return None
    name = found[0]
    if (
        fits(name.path, fence.lang) is False
        and not name.line == fence.span.start_line - 1
        and is_shell(fence.lang)
    ):
        return None
    if name.role is Role.CREATE and name.path in filled:
        return None
    if name.role in (Role.LISTED, Role.MENTION):
        role = Role.FILE
        return Name(
            path=name.path,
            line=name.line,
            role=role,
            reason="named in its heading",
            label=True,
            heading=name.heading,
        )
    return name


def _pending(view: Outline, heading_line: int, filled: Mapping[str, str], fence: Fence) -> Name | None:
    """The section's one file that has no contents yet, where the block's language is the file's."""
    names = [
        name
        for name in view.names_under(heading_line)
        if name.label
        and name.role in (Role.CREATE, Role.FILE)
        and name.line < fence.span.start_line
        and not name.heading
    ]
    open_paths = {name.path for name in names if name.path not in filled}
    if len(open_paths) != 1 or len({name.path for name in names}) != 1:
        return None
    return next((name for name in names if name.path in open_paths and fits(name.path, fence.lang)), None)


def named(
    view: Outline, evidence: Evidence, filled: Mapping[str, str], fence: Fence, place: Place, name: Name
) -> Decision | None:
    """What a block with a name is; None where the name turns out not to be for it."""
    path = evidence.full(name.path) if name.role is not Role.CREATE else name.path
    direct = name.line == place.last or name.line >= fence.span.start_line
    between = _between(view, place, name)
    shown = _shown(view, fence, place, name, between)
    if shown:
        return shown
    if is_shell(fence.lang) and fits(path, fence.lang) is not True:
        written = written_files(fence.body)
        if written:
            return _heredocs(fence, place, written)
        if cues.looks_like_commands(fence.body) and not cues.has_shebang(fence.body):
            return _command(fence, "shell commands")
    if fits(path, fence.lang) is False and not is_untagged(fence.lang):
        unlike = not direct or (len(name.tail.split()) > 4 and not cues.CONTENTS.search(name.tail))  # noqa: PLR2004 -- a clause, not a note
        if unlike:
            return None
    if is_untagged(fence.lang) and not direct and cues.looks_drawn(fence.body):
        return Decision(use=Use.EXAMPLE, reason="a drawing")
    whole = name.whole or any(WHOLE.search(view.document.line(n)) for n in between)
    role = _role(view, evidence, fence, place, name, between, whole=whole)
    if role is Role.EDIT:
        return _snippet(fence, path, name, view)
    return _contents(
        view,
        filled,
        fence,
        place,
        name,
        path,
        firm=role is Role.CREATE and (name.role is Role.CREATE or whole or name.label),
    )


def _between(view: Outline, place: Place, name: Name) -> tuple[int, ...]:
    """The prose lines between the name and the block."""
    del view
    return tuple(n for n in place.prose if n > name.line)


def _shown(view: Outline, fence: Fence, place: Place, name: Name, between: Sequence[int]) -> Decision | None:
    """An example, an output or a command although a name stands near."""
    if place.section is Section.EXAMPLE and not (name.role is Role.CREATE and name.line == place.last):
        return (
            Decision(use=Use.COMMAND, reason="a command in an example", claims=(_command_claim(fence),))
            if is_shell(fence.lang)
            else Decision(use=Use.EXAMPLE, reason="under an example heading")
        )
    if place.section is Section.ROLLBACK:
        return (
            _command(fence, "part of the rollback")
            if is_shell(fence.lang)
            else Decision(use=Use.EXAMPLE, reason="part of the rollback")
        )
    if place.section is Section.CURRENT and name.role is Role.FILE:
        return Decision(use=Use.EXAMPLE, reason="under a heading that shows the present state")
    if fence.lang in _SHOWN:
        return Decision(use=Use.EXAMPLE, reason=f"a {fence.lang} block")
    if not between:
        return None
    text = view.document.line(between[0])
    if cues.CONTENTS.search(text) and not cues.CURRENT.search(text) and not cues.OUTPUT.search(text):
        return None
    for cue, reason in (
        (cues.CURRENT, "the line above shows the present state"),
        (cues.OUTPUT, "the line above announces output"),
    ):
        if cue.search(text) and not is_shell(fence.lang):
            return Decision(use=Use.EXAMPLE, reason=reason)
    if (
        cues.RUN.search(text)
        and (is_shell(fence.lang) or is_untagged(fence.lang))
        and not cues.has_shebang(fence.body)
    ):
        return _command(fence, "the line above asks to run it")
    if cues.EXAMPLE.search(text) and name.role is not Role.EDIT and text.rstrip(" *").endswith(":"):
        return Decision(use=Use.EXAMPLE, reason="the line above announces an example")
    return None


def _role(
    view: Outline,
    evidence: Evidence,
    fence: Fence,
    place: Place,
    name: Name,
    between: Sequence[int],
    *,
    whole: bool,
) -> Role:
    """CREATE for full contents, EDIT for a snippet."""
    if whole and elision(fence.body) is None:
        return Role.CREATE
    if name.role is not Role.FILE:
        return name.role
    score = cues.whole_file_score(name.path, fence.body)
    score += 4 * (name.path in evidence.created) - 4 * (
        name.path in evidence.edited and name.path not in evidence.created
    )
    heading = " ".join(h.text for h in place.headings[:2] if h.level > 1)
    creates, edits = bool(cues.CREATE_HEADING.search(heading)), bool(cues.EDIT_HEADING.search(heading))
    score += (
        2 * (creates and not edits)
        - 2 * (edits and not creates)
        - (bool(cues.ADD_HEADING.search(heading)) and not creates)
    )
    score -= 3 * any(cues.CHANGE.search(view.document.line(n)) for n in between[:2])
    score -= 4 * bool(name.tail and _SNIPPET.search(name.tail))
    score -= 6 * (elision(fence.body) is not None)
    score += 2 * (name.label and name.line >= fence.span.start_line)
    return Role.CREATE if score >= 1 else Role.EDIT


def _snippet(fence: Fence, path: str, name: Name, view: Outline) -> Decision:
    words = view.document.line(name.line).strip()[:200]
    claim = Claim(kind=Kind.EDIT, path=path, span=fence.span, description=words)
    return Decision(use=Use.EDIT, reason=f"a snippet for a file: {name.reason}", path=path, claims=(claim,))


def _contents(
    view: Outline, filled: Mapping[str, str], fence: Fence, place: Place, name: Name, path: str, *, firm: bool
) -> Decision:
    """A file with its contents inline, unless something in the block says that they are not all there."""
    left_out = elision(fence.body)
    words = view.document.line(name.line).strip()[:200]
    if left_out is not None:
        problem = Problem(
            code="elided_contents",
            message=f"The block for `{path}` leaves text out, so a model has to write the file.",
            line=fence.span.start_line + 1 + left_out,
            suggestion="Write the whole file, or give the change as SEARCH/REPLACE.",
        )
        claim = Claim(kind=Kind.CREATE, path=path, span=fence.span, description=words)
        return Decision(
            use=Use.EXAMPLE,
            reason="an outline of the file, with text left out",
            path=path,
            claims=(claim,),
            problems=(problem,),
        )
    if is_binary(path):
        return Decision(use=Use.EXAMPLE, reason="no text could be this file")
    if path in filled and filled[path] != fence.text:
        near = " ".join(view.document.line(n) for n in place.prose[:3]) + " ".join(
            h.text for h in place.headings[:1]
        )
        if _CONTINUES.search(near) or cues.CHANGE.search(near):
            return _snippet(fence, path, name, view)
    claim = Claim(kind=Kind.CREATE, path=path, span=fence.span, text=fence.text, firm=firm, description=words)
    return Decision(use=Use.CREATE, reason=name.reason, path=path, claims=(claim,))


def _heredocs(fence: Fence, place: Place, written: Sequence[Written]) -> Decision:
    """The files that a shell block writes; in a verification they are only part of the check."""
    if place.section in (Section.VERIFY, Section.ROLLBACK, Section.EXAMPLE, Section.CURRENT):
        return _command(fence, f"commands of the {place.section.value}")
    claims: list[Claim] = []
    start = fence.span.start_line + 1
    for file in written:
        span = type(fence.span)(start + file.first, start + file.last)
        if file.appends:
            claims.append(
                Claim(kind=Kind.EDIT, path=file.path, span=span, description=f"append to {file.path}")
            )
        else:
            text = None if file.expands else file.text
            claims.append(Claim(kind=Kind.CREATE, path=file.path, span=span, text=text, firm=True))
    use = Use.CREATE if claims[0].kind is Kind.CREATE else Use.EDIT
    return Decision(
        use=use, reason="a here-document writes the file", path=claims[0].path, claims=tuple(claims)
    )


def _command_claim(fence: Fence) -> Claim:
    return Claim(kind=Kind.COMMAND, path=None, span=fence.span, text=fence.text)


def _command(fence: Fence, reason: str) -> Decision:
    return Decision(use=Use.COMMAND, reason=reason, claims=(_command_claim(fence),))


def unnamed(view: Outline, fence: Fence, place: Place, target: str | None) -> Decision:
    """What a block is that no line names a file for."""
    text = view.document.line(place.last) if place.last else ""
    section = place.section
    if is_shell(fence.lang):
        written = written_files(fence.body)
        return (
            _heredocs(fence, place, written)
            if written
            else _command(fence, f"shell commands ({section.value})")
        )
    if fence.lang in _SHOWN:
        return Decision(use=Use.EXAMPLE, reason=f"a {fence.lang} block")
    if section in (Section.EXAMPLE, Section.ROLLBACK, Section.CURRENT):
        return Decision(use=Use.EXAMPLE, reason=f"under a heading of the kind: {section.value}")
    if cues.CURRENT.search(text):
        return Decision(use=Use.EXAMPLE, reason="the line above shows the present state")
    if cues.OUTPUT.search(text):
        return Decision(use=Use.EXAMPLE, reason="the line above announces output")
    if (
        is_untagged(fence.lang)
        and cues.looks_like_commands(fence.body)
        and (cues.RUN.search(text) or section in (Section.VERIFY, Section.SETUP))
    ):
        return _command(fence, "the line above asks to run it")
    if fence.lang in _SQL and not (target and extension(target) == "sql" and cues.CHANGE.search(text)):
        return _command(fence, f"SQL statements to run ({section.value})")
    if section is Section.VERIFY:
        return Decision(use=Use.EXAMPLE, reason="under a verification heading")
    if cues.EXAMPLE.search(text) and text.rstrip(" *").endswith(":"):
        return Decision(use=Use.EXAMPLE, reason="the line above announces an example")
    changes = cues.CHANGE.search(text) or (
        not text and place.headings and cues.CHANGE.search(place.headings[0].text)
    )
    if target and changes and not cues.looks_drawn(fence.body):
        claim = Claim(kind=Kind.EDIT, path=target, span=fence.span, description=text.strip()[:200])
        return Decision(
            use=Use.EDIT, reason="a change to the file of its section", path=target, claims=(claim,)
        )
    if is_untagged(fence.lang) or section is Section.NOTES:
        return Decision(use=Use.EXAMPLE, reason="shown, and no line names a file for it")
    problem = Problem(
        code="unresolved_block",
        message=f"No line says which file this {fence.lang} block is for.",
        line=fence.span.start_line,
        suggestion="Put ``Create `path/of/the/file`:`` on the line above it, or `Example:` if it is only shown.",
    )
    return Decision(use=Use.UNRESOLVED, reason="no line names a file for it", problems=(problem,))
