"""Contents: whether a named block is a file's contents, a snippet for it, a command, or only shown."""

from __future__ import annotations

import re

from app.domain import Kind, Problem, Span, Use
from app.instruction import cues, looks
from app.instruction.claims import Claim, Decision
from app.instruction.cues import Section
from app.instruction.edits import elision
from app.instruction.heredocs import Written, written_files
from app.instruction.hollow import is_hollow
from app.instruction.languages import fits, is_binary, is_shell, is_untagged, may_hold_commands
from app.instruction.names import Name, Role
from app.instruction.naming import WHOLE
from app.instruction.situation import Situation

SHOWN = frozenset(
    ["mermaid", "dot", "plantuml", "ascii", "output", "log", "console", "diagram", "math", "http"]
)
_RESULTS = frozenset({"json", "text", "csv", "yaml", "txt", ""})
SNIPPET = re.compile(
    r"\blines?\s+~?\d|\baround\b|\bafter\b|\bbefore\b|\b(?:function|method)\b|->|→|::|\bsnippet\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"\b(?:continu\w+|cont'd|part\s+(?:two|2|3|three|b)\b|rest\s+of|second\s+half|followed\s+by|append)",
    re.IGNORECASE,
)
_A_CLAUSE = 4
"""Words: more behind a path are a clause about the file, not a remark that its contents follow."""


def named(block: Situation, name: Name) -> Decision | None:
    """What a block with a name is; None where the name turns out not to be for it."""
    shown = _shown(block, name) or _run(block, name)
    if shown:
        return shown
    path = block.view.full(name) if name.role is Role.CREATE else block.evidence.full(name.path)
    if not _plausible(block, name, path):
        return None
    if _role(block, name, path) is Role.EDIT:
        return snippet(block, path, name)
    return _contents(block, name, path)


def _shown(block: Situation, name: Name) -> Decision | None:
    """An example, an output or the present state, although a name stands near."""
    section, adjacent = block.place.section, name.last_line == block.place.last
    fence = block.fence
    if section is Section.ROLLBACK or (
        section is Section.EXAMPLE and not (name.role is Role.CREATE and adjacent)
    ):
        return command(block) if is_shell(fence.lang) else example(f"part of the {section.value}")
    if section is Section.CURRENT and name.role is Role.FILE:
        return example("under a heading that shows the present state")
    if name.reason == "labelled `output`" and fence.lang in _RESULTS:
        return example("labelled as output")
    return example(f"a {fence.lang} block") if fence.lang in SHOWN else _announced(block, name)


def _announced(block: Situation, name: Name) -> Decision | None:
    """What the line between the name and the block says that the block shows."""
    text = next(iter(block.between(name)), name.tail)
    code = fits(name.path, block.fence.lang) is True and block.fence.lang not in _RESULTS
    now = cues.CURRENT.search(text) or (not code and cues.OUTPUT.search(text))
    if now and not is_shell(block.fence.lang):
        return example("the line above shows the present state or an output")
    if now or cues.CONTENTS.search(text):
        return None
    if cues.EXAMPLE.search(text) and name.role is not Role.EDIT and block.announces(text):
        return example("the line above announces an example")
    return None


def _run(block: Situation, name: Name) -> Decision | None:
    """Shell commands, although a name stands near."""
    fence = block.fence
    if looks.has_shebang(fence.body):
        return None
    shell = is_shell(fence.lang)
    text = next(iter(block.between(name)), "")
    if text and cues.RUN.search(text) and (shell or is_untagged(fence.lang)):
        return command(block)
    if not shell or (_is_near(block, name) and may_hold_commands(name.path)):
        return None
    written = written_files(fence.body) if fits(name.path, fence.lang) is not True else ()
    if written:
        return heredocs(block, written)
    return command(block) if looks.looks_like_commands(fence.body) else None


def _is_near(block: Situation, name: Name) -> bool:
    """True for a name on the line above the block, or in the block's own header."""
    return name.last_line == block.place.last or name.line >= block.fence.span.start_line


def _plausible(block: Situation, name: Name, path: str) -> bool:
    """False where the block is of another language and the name is not right above it."""
    fence = block.fence
    adjacent = _is_near(block, name)
    clause = len(name.tail.split()) > _A_CLAUSE and not cues.CONTENTS.search(name.tail)
    if is_untagged(fence.lang):
        return (adjacent and not clause) or looks.could_be(path, fence.body)
    if fits(path, fence.lang) is False:
        return adjacent and not clause and not name.rest
    return True


def _role(block: Situation, name: Name, path: str) -> Role:
    """CREATE for full contents, EDIT for a snippet; a bare label is weighed by all that speaks for either."""
    body, between = block.fence.body, block.between(name)
    if (name.whole or any(WHOLE.search(text) for text in between)) and elision(body) is None:
        return Role.CREATE
    if name.role is not Role.FILE:
        return name.role
    evidence = block.evidence
    headed = name.line > block.fence.span.start_line
    score = looks.whole_file_score(path, body[name.line - block.fence.span.start_line :] if headed else body)
    score += 4 * (path in evidence.created) - 4 * (path in evidence.edited - evidence.created)
    headings = [heading.text for heading in block.place.headings[:2] if heading.level > 1]
    said = next((weight for weight in map(_heading_score, headings) if weight), 0)
    score += 2 * said if headed and said < 0 and not name.label else said
    score -= 3 * any(cues.CHANGE.search(text) for text in between[:2])
    score -= 4 * bool(name.tail and SNIPPET.search(name.tail))
    score -= 6 * (elision(body) is not None)
    score += not evidence.changes
    score += (not between and not headed) + (name.reason == "labelled `output`")
    score += headed + 2 * (name.label and name.line >= block.fence.span.start_line)
    return Role.CREATE if score > 0 else Role.EDIT


def _heading_score(heading: str) -> int:
    heading = cues.subject(heading)
    creates, edits = bool(cues.CREATE_HEADING.search(heading)), bool(cues.EDIT_HEADING.search(heading))
    adds = bool(cues.ADD_HEADING.search(heading)) and not creates
    return 2 * (creates and not edits) - 2 * (edits and not creates) - adds


def snippet(block: Situation, path: str, name: Name) -> Decision:
    claim = Claim(kind=Kind.EDIT, path=path, span=block.fence.span, description=block.words(name.line)[:200])
    return Decision(use=Use.EDIT, reason=f"a snippet for a file: {name.reason}", path=path, claims=(claim,))


def _contents(block: Situation, name: Name, path: str) -> Decision:
    """A file with its contents inline, unless something in the block says that they are not all there."""
    fence = block.fence
    left_out = 0 if is_hollow(fence.lang, fence.body) else elision(fence.body)
    if left_out is not None:
        return _outlined(block, name, path, left_out)
    if is_binary(path):
        return example("no text could be this file")
    if path in block.filled and block.filled[path] != fence.text:
        near = " ".join(
            [*map(block.words, block.place.prose[:3]), *(h.text for h in block.place.headings[:1])]
        )
        if _CONTINUES.search(near) or cues.CHANGE.search(near):
            return snippet(block, path, name)
    claim = Claim(
        kind=Kind.CREATE,
        path=path,
        span=fence.span,
        text=fence.text,
        description=block.words(name.line)[:200],
    )
    return Decision(use=Use.CREATE, reason=name.reason, path=path, claims=(claim,))


def _outlined(block: Situation, name: Name, path: str, left_out: int) -> Decision:
    problem = Problem(
        code="elided_contents",
        message=f"The block for `{path}` leaves text out, so a model has to write the file.",
        line=block.fence.span.start_line + 1 + left_out,
        suggestion="Write the whole file, or give the change as SEARCH/REPLACE.",
    )
    claim = Claim(
        kind=Kind.CREATE, path=path, span=block.fence.span, description=block.words(name.line)[:200]
    )
    reason = "an outline of the file, with text left out"
    return Decision(use=Use.EXAMPLE, reason=reason, path=path, claims=(claim,), problems=(problem,))


def heredocs(block: Situation, written: tuple[Written, ...]) -> Decision:
    """The files that a shell block writes; in a verification they are only part of the check."""
    if block.place.section in (Section.VERIFY, Section.ROLLBACK, Section.EXAMPLE, Section.CURRENT):
        return command(block)
    claims = tuple(_written(file, block.fence.span.start_line + 1) for file in written)
    use = Use.CREATE if claims[0].kind is Kind.CREATE else Use.EDIT
    return Decision(use=use, reason="a here-document writes the file", path=claims[0].path, claims=claims)


def _written(file: Written, start: int) -> Claim:
    span = Span(start + file.first, start + file.last)
    if file.appends:
        return Claim(kind=Kind.EDIT, path=file.path, span=span, description=f"append to {file.path}")
    return Claim(kind=Kind.CREATE, path=file.path, span=span, text=None if file.expands else file.text)


def command(block: Situation) -> Decision:
    claim = Claim(kind=Kind.COMMAND, path=None, span=block.fence.span, text=block.fence.text)
    return Decision(use=Use.COMMAND, reason=f"commands ({block.place.section.value})", claims=(claim,))


def example(reason: str) -> Decision:
    return Decision(use=Use.EXAMPLE, reason=reason)
