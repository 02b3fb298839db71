"""What names alone ask for: files to create and to edit that no block of the document carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.domain import Kind, Span
from app.instruction import cues
from app.instruction.claims import Claim
from app.instruction.contents import SNIPPET
from app.instruction.cues import Section
from app.instruction.evidence import Evidence
from app.instruction.languages import is_binary
from app.instruction.names import Name, Role
from app.instruction.outline import Outline
from app.instruction.paths import is_test, stands_at_the_root
from app.instruction.prose import SAME_FILE

_ELSEWHERE = (Section.ROLLBACK, Section.EXAMPLE, Section.CURRENT, Section.EXCLUDED)
_NEW = ("its contents are announced", "labelled `output")
_SAYS_FILE = ("labelled `file", "labelled `target", "the sentence asks", *_NEW)
_EMPTY = re.compile(r"\W*(?:an?\s+)?empty(?:\s+file)?\W*", re.IGNORECASE)
_EMPTY_BEFORE = re.compile(r"\bempty\s+(?:files?\s+|module\s+|package\s+)?\W*$", re.IGNORECASE)


def owed_by_name(view: Outline, evidence: Evidence, claims: Sequence[Claim]) -> list[Claim]:
    """A claim for each path that the prose asks for and no block claims."""
    carried = {claim.path for claim in claims if claim.path}
    endings = _endings(carried | evidence.created | evidence.edited)
    owed: dict[str, Claim] = {}
    for name in view.names:
        section = view.section_at(name.line)
        kind = _kind(view, name, section)
        if kind is None or is_binary(name.path) or _is_quoted(view, name):
            continue
        path = evidence.full(name.path) if kind is Kind.EDIT else view.full(name)
        again = name.reason == SAME_FILE and not view.has_its_block(name)
        if path in owed or path in endings or (path in carried and not again):
            continue
        text = "" if kind is Kind.CREATE and _is_empty(view, name) else None
        owed[path] = _claim(view, name, kind, path, text)
    return list(owed.values()) or (_only_named(view) if not carried else [])


def _only_named(view: Outline) -> list[Claim]:
    """The one file that a document names at all, where its title says what is to be done."""
    if len({name.path for name in view.names}) != 1 or is_binary(view.names[0].path):
        return []
    name = view.names[0]
    edits, makes = cues.EDIT_HEADING.search(view.title), cues.CREATE_HEADING.search(view.title)
    if bool(edits) == bool(makes) or view.section_at(name.line) in _ELSEWHERE:
        return []
    return [_claim(view, name, Kind.EDIT if edits else Kind.CREATE, name.path)]


def _claim(view: Outline, name: Name, kind: Kind, path: str, text: str | None = None) -> Claim:
    words = view.document.line(name.line).strip()[:200]
    return Claim(kind=kind, path=path, span=Span(name.line, name.line), text=text, description=words)


def _is_empty(view: Outline, name: Name) -> bool:
    """True where the words around a path, or all that stands below it, say that the file is to be empty."""
    before = view.document.line(name.line).partition(name.path)[0]
    if _EMPTY_BEFORE.search(before) or _EMPTY.fullmatch(name.tail):
        return True
    return any(_EMPTY.fullmatch(line.strip()) for line in view.prose_below(name.line, 2)[:1])


def _is_quoted(view: Outline, name: Name) -> bool:
    """True for what somebody is quoted as saying."""
    return view.document.line(name.line).lstrip().startswith(">") and not name.reason.startswith("labelled")


def _kind(view: Outline, name: Name, section: Section) -> Kind | None:
    if name.role is Role.CREATE:
        return None if section in _ELSEWHERE else Kind.CREATE
    if name.role is Role.EDIT:
        shut = section in _ELSEWHERE or (section is Section.VERIFY and not is_test(name.path))
        return None if shut else Kind.EDIT
    if name.role is Role.FILE and name.label and not name.above:
        return _kind_of_label(view, name, section)
    return None


def _kind_of_label(view: Outline, name: Name, section: Section) -> Kind | None:
    """What is asked of a file that is labelled, announced or written in, with no block beside it."""
    test = is_test(name.path)
    here = section in (Section.WORK, Section.SETUP) or (section is Section.VERIFY and test)
    titled = name.heading and not name.tail and name.reason == "the line starts with it"
    line = view.document.line(name.line)
    titled = titled and ("/" in name.path or "`" in line) and not cues.STAGE.match(line)
    if not here or not (titled or name.reason.startswith(_SAYS_FILE)):
        return None
    new = test or name.reason.startswith(_NEW)
    return Kind.CREATE if new or not _exists(view, name) else Kind.EDIT


def _exists(view: Outline, name: Name) -> bool:
    """True where the heading or the lines below speak of a change, as they do of a file that is there."""
    if name.reason.startswith("the sentence asks") or SNIPPET.search(name.tail):
        return True
    headings = [h for h in view.headings_of(name.line)[:2] if h.level > 1] or view.headings_of(name.line)
    titled = all(heading.level == 1 for heading in headings)
    below = view.prose_below(name.line, NEAR, past_headings=titled)
    if titled and any(map(cues.MAKES_A_FILE.match, below)):
        return False
    words = " ".join(cues.PATHS.sub(" ", heading.text) for heading in headings)
    if cues.EDIT_HEADING.search(words) or cues.CREATE_HEADING.search(words):
        return bool(cues.EDIT_HEADING.search(words))
    if any(cues.OF_A_CHANGE.search(line) for line in below):
        return True
    return name.reason.startswith("labelled `target") and not any(map(cues.MAKES.match, below))


def _endings(paths: Iterable[str]) -> set[str]:
    """The shorter forms of paths: `c.py` and `b/c.py` of `/a/b/c.py`."""
    endings: set[str] = set()
    for path in paths:
        parts = path.lstrip("/").split("/")
        first = 0 if path.startswith("/") else 1
        endings.update("/".join(parts[n:]) for n in range(max(first, len(parts) - DEEPEST), len(parts)))
    return {ending for ending in endings if not stands_at_the_root(ending)}


NEAR = 10
"""Lines below a label that tell whether its file exists already."""
DEEPEST = 8
"""Components of a short path that stands for a longer one."""
