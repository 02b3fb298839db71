"""Blocks that no line names a file for: commands, examples, changes to a section's file, unresolved."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.domain import Kind, Problem, Use
from app.instruction import cues, looks
from app.instruction.candidates import section_file
from app.instruction.claims import Claim, Decision
from app.instruction.contents import SHOWN, command, example, heredocs, snippet
from app.instruction.cues import Section
from app.instruction.heredocs import written_files
from app.instruction.languages import extension, is_shell, is_untagged
from app.instruction.markdown import BOLD_LEVEL
from app.instruction.situation import Situation

_SQL = frozenset(
    {"sql", "postgresql", "psql", "mysql", "sqlite", "pgsql", "promql", "logql", "cypher", "kql"}
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SAMPLES = frozenset({"csv", "tsv", "json", "jsonl", "xml"})
_DATA = frozenset({"yaml", "yml", "json", "toml", "ini"})


Target = Callable[[], str | None]


def unnamed(block: Situation, target: Target) -> Decision:
    """What the block is; `target` tells the file that a change at this place would be for."""
    return (
        _commands(block, target)
        or _shown(block)
        or _data(block)
        or _change(block, target)
        or _piece(block)
        or _unclear(block)
    )


def _commands(block: Situation, target: Target) -> Decision | None:
    fence, section = block.fence, block.place.section
    if is_shell(fence.lang):
        written = written_files(fence.body)
        return heredocs(block, written) if written else command(block)
    if is_untagged(fence.lang) and looks.looks_like_commands(fence.body):
        asked = cues.RUN.search(block.lead) or section in (Section.VERIFY, Section.SETUP, Section.ROLLBACK)
        return command(block) if asked else None
    if (
        fence.lang not in _SQL
        or section in (Section.EXAMPLE, Section.CURRENT)
        or cues.OUTPUT.search(block.lead)
    ):
        return None
    script = cues.CHANGE.search(block.lead) and extension(target() or "") == "sql"
    return None if script else command(block)


def _shown(block: Situation) -> Decision | None:
    section, lead = block.place.section, _SENTENCE.split(block.lead)[-1]
    if block.fence.lang in SHOWN or block.fence.lang in ("cron", "crontab"):
        return example(f"a {block.fence.lang} block")
    if section in (Section.EXAMPLE, Section.ROLLBACK, Section.CURRENT, Section.VERIFY, Section.EXCLUDED):
        return example(f"under a heading of this kind: {section.value}")
    now = cues.CURRENT.search(lead) and not cues.STEP.match(lead)
    if now or cues.OUTPUT.search(lead):
        return example("the line above shows the present state or an output")
    if cues.EXAMPLE.search(lead) and block.announces(lead):
        return example("the line above announces an example")
    return None


def _data(block: Situation) -> Decision | None:
    """Data above the first section is about the instruction itself."""
    preamble = all(heading.level == 1 for heading in block.place.headings) and not block.lead
    return example("data about the instruction") if preamble and block.fence.lang in _DATA else None


def _change(block: Situation, target: Target) -> Decision | None:
    lead = block.lead or next((heading.text for heading in block.place.headings), "")
    path = None if not cues.CHANGE.search(lead) or looks.looks_drawn(block.fence.body) else target()
    if path is None or (is_untagged(block.fence.lang) and not looks.could_be(path, block.fence.body)):
        return None
    claim = Claim(kind=Kind.EDIT, path=path, span=block.fence.span, description=lead[:200])
    return Decision(use=Use.EDIT, reason="a change to the file of its section", path=path, claims=(claim,))


def _piece(block: Situation) -> Decision | None:
    """A further part of the one file that its section is about, where a step asks for it."""
    if not any(cues.STEP.match(line) for line in block.step):
        return None
    headings = (heading for heading in block.place.headings if BOLD_LEVEL > heading.level > 1)
    name = next((found for heading in headings if (found := section_file(block, heading))), None)
    return snippet(block, name.path, name) if name else None


def _is_sample(block: Situation) -> bool:
    """True for data that no line asks to put anywhere."""
    return block.fence.lang in _SAMPLES and not any(
        cue.search(line) for line in block.step for cue in (cues.CHANGE, cues.CONTENTS, cues.STEP)
    )


def _unclear(block: Situation) -> Decision:
    if is_untagged(block.fence.lang) or block.place.section is Section.NOTES or _is_sample(block):
        return example("shown, and no line names a file for it")
    problem = Problem(
        code="unresolved_block",
        message=f"No line says which file this {block.fence.lang} block is for.",
        line=block.fence.span.start_line,
        suggestion="Put ``Create `path/of/the/file`:`` above it, or `Example:` if it is only shown.",
    )
    return Decision(use=Use.UNRESOLVED, reason="no line names a file for it", problems=(problem,))
