"""Candidates: which name a block answers to, the nearest scope first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.instruction import cues, looks
from app.instruction.cues import Section
from app.instruction.headers import header_name
from app.instruction.languages import fits, has_place_for, is_shell
from app.instruction.markdown import BOLD_LEVEL, Heading
from app.instruction.names import NAMING, Name, Role
from app.instruction.paths import is_test
from app.instruction.situation import Situation
from app.instruction.spoken import spoken

QUIET = (Section.CURRENT, Section.EXAMPLE, Section.ROLLBACK, Section.VERIFY, Section.EXCLUDED)
Rivals = tuple[str, ...]


def candidate(block: Situation) -> Name | Rivals | None:
    """The block's name; the paths, where several have equal rank; None where nothing names it.

    The block's own header comes first, then the lines above it, the line below, its step's heading and what
    that step still owes. Where header and line above disagree in so many words, neither wins.
    """
    inner, outer = header_name(block.fence), _around(block)
    if inner is None or outer is None or isinstance(outer, tuple):
        return _in_full(block, inner) if inner else outer
    if _same(outer.path, inner.path):
        return outer
    if outer.heading or outer.line not in block.place.prose:
        return _in_full(block, inner)
    return (outer.path, inner.path) if inner.label and inner.role is not Role.EDIT else outer


def _in_full(block: Situation, name: Name) -> Name:
    return replace(name, path=block.evidence.full(name.path))


def _same(first: str, second: str) -> bool:
    """True where one path is the other, or its end."""
    a, b = f"/{first.lstrip('/')}", f"/{second.lstrip('/')}"
    return a.endswith(b) or b.endswith(a)


def _around(block: Situation) -> Name | Rivals | None:
    place = block.place
    direct = [n for n in place.names if n.label and n.role in NAMING and not n.heading and not n.above]
    adjacent = bool(direct) and direct[0].last_line == place.last
    announced = None if adjacent else _announced(block)
    if announced:
        return _in_full(block, announced)
    if place.below and not adjacent:
        return place.below[0]
    if direct:
        return _nearest(block, direct)
    for heading in place.headings:
        found = (
            _test_of_section(block, heading)
            or _of_heading(block, heading)
            or (_owed(block, heading) if heading.level < BOLD_LEVEL else None)
        )
        if found:
            return found
    return _only_file(block)


def _only_file(block: Situation) -> Name | None:
    """The one file that the document is about, for a block that is of its language and looks whole."""
    path = block.evidence.only_target()
    if path is None or path in block.filled or block.place.section is not Section.WORK:
        return None
    nearest = block.place.headings[0].text if block.place.headings else ""
    if any(cue.search(block.lead) for cue in (cues.CURRENT, cues.OUTPUT, cues.EXAMPLE)):
        return None
    whole = cues.CODE_HEADING.search(nearest) or looks.whole_file_score(path, block.fence.body) > 1
    if not whole or not fits(path, block.fence.lang):
        return None
    line = block.evidence.targets[path]
    return Name(path=path, line=line, role=Role.FILE, reason="the only file the document names", label=True)


def _announced(block: Situation) -> Name | None:
    """A path that the line above mentions while it ends in a colon."""
    lead = block.lead
    if (
        block.place.section in QUIET
        or not block.announces(lead)
        or any(c.search(lead) for c in (cues.OUTPUT, cues.RUN, cues.CURRENT, cues.EXAMPLE))
    ):
        return None
    here = [name for name in block.place.names if name.last_line == block.place.last]
    if len(here) != 1 or here[0].role not in (Role.MENTION, Role.LISTED):
        return None
    role = Role.EDIT if cues.CHANGE.search(lead) else Role.FILE
    return replace(here[0], role=role, reason="the line above names it", label=True)


def _nearest(block: Situation, direct: Sequence[Name]) -> Name | Rivals:
    """The nearest name, unless others stand in the same phrase or list; then the one whose language fits."""
    nearest = direct[0]
    rivals = [name for name in direct if name.line == nearest.line]
    if nearest.last_line != block.place.last and _is_bullet(block, nearest.line):
        told = spoken(_in_one_list(block, direct), block.step)
        if told and fits(told.path, block.fence.lang) is not False:
            return told
    if (
        nearest.last_line == block.place.last
        and _is_bullet(block, nearest.line)
        and not _inside(block, nearest.line)
    ):
        rivals = _in_one_list(block, direct)
    rivals.sort(key=lambda name: name.line)
    paths = tuple(dict.fromkeys(map(block.view.full, rivals)))
    if len(paths) == 1:
        return replace(nearest, path=paths[0])
    fitting = {name.path: name for name in rivals if fits(name.path, block.fence.lang)}
    return next(iter(fitting.values())) if len(fitting) == 1 else paths


def _in_one_list(block: Situation, direct: Sequence[Name]) -> list[Name]:
    """The names of the list that ends right above the block, line by line without a gap."""
    rivals: list[Name] = []
    for name in direct:
        gap = rivals[-1].line - name.line if rivals else 0
        if gap > 1 or not _is_bullet(block, name.line):
            break
        rivals.append(name)
    return rivals


def _is_bullet(block: Situation, line: int) -> bool:
    return block.words(line).startswith(("- ", "* ", "+ "))


def _inside(block: Situation, line: int) -> bool:
    """True where the block is indented under the item on `line`."""
    item, opened = (block.view.document.line(n) for n in (line, block.fence.span.start_line))
    return len(opened) - len(opened.lstrip()) > len(item) - len(item.lstrip())


def _of_heading(block: Situation, heading: Heading) -> Name | None:
    """The one file a heading names, unless the block is plainly not it or the file comes in pieces."""
    found = block.view.names_between(heading.line, heading.line)
    if len({name.path for name in found}) != 1:
        return None
    name = replace(found[0], path=block.view.full(found[0]))
    if name.role is Role.MENTION and cues.ASIDE.search(_before(name, heading.text)):
        return None
    if _is_of_another(block, heading, name):
        return None
    if name.role in (Role.LISTED, Role.MENTION):
        return replace(name, role=Role.FILE, reason="named in its heading", label=True)
    return name


def _before(name: Name, text: str) -> str:
    """What a heading says before it comes to the path's own name."""
    return text.partition(name.path.rpartition("/")[2])[0]


def _is_of_another(block: Situation, heading: Heading, name: Name) -> bool:
    """True for commands about the file, its shape, its removal, and a file that has its contents already."""
    lang, upper = block.fence.lang, (h for h in block.place.headings if h.line < heading.line)
    if is_shell(lang) and fits(name.path, lang) is False:
        return True
    if name.role is Role.MENTION and (
        cues.REMOVES.match(heading.text) or any(cues.SHAPES.search(above.text) for above in upper)
    ):
        return True
    if block.evidence.full(name.path) in block.filled and not cues.CHANGE.search(block.lead):
        return True
    return name.role is Role.CREATE and block.view.in_pieces(heading.line)


def _owed(block: Situation, heading: Heading) -> Name | None:
    """The one file of the section that still lacks contents and is of the block's language."""
    found = section_file(block, heading)
    if found is None or found.role is Role.EDIT or found.path in block.filled:
        return None
    return found if fits(found.path, block.fence.lang) else None


def _test_of_section(block: Situation, heading: Heading) -> Name | None:
    """A test that the section names beside other files, where the step asks for a test."""
    if heading.level >= BOLD_LEVEL or not any(cues.TESTS.search(line) for line in block.step):
        return None
    found = section_file(block, heading)
    return found if found and is_test(found.path) else None


def section_file(block: Situation, heading: Heading) -> Name | None:
    """The one file that a section lists in the block's language: a test where the step speaks of tests."""
    start = block.fence.span.start_line
    listed = block.view.names_under(heading.line, start)
    fitting = {
        path: replace(name, path=path)
        for name, path in zip(listed, map(block.view.full, listed), strict=True)
        if name.label
        and name.role in NAMING
        and not name.heading
        and not name.above
        and has_place_for(name.path, block.fence.lang)
    }
    if len(fitting) > 1:
        wanted = any(cues.TESTS.search(line) for line in block.step)
        fitting = {path: name for path, name in fitting.items() if is_test(path) == wanted}
    return next(iter(fitting.values())) if len(fitting) == 1 else None
