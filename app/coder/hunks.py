"""Hunks: the edits inside a block of SEARCH/REPLACE parts, a unified diff or a patch envelope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from app.coder.edits import text_of
from app.coder.naming import in_line
from app.coder.pathlike import as_path, extension
from app.domain import Edit, Problem

SEARCH = re.compile(r"[ \t]*(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL|HEAD|FIND)\b>?:?[ \t]*(.*)")
_DIVIDER = re.compile(r"[ \t]*={5,9}[ \t]*")
_REPLACE = re.compile(r"[ \t]*(?:>{5,9}|\+{5,9}) ?(?:REPLACE|UPDATED|END)\b.*|[ \t]*>{7}[ \t]*\S*")
_MOST = 1_000
"""Edits of one block that are read; no reply has as many."""
_SIGNS = frozenset("<>-+")
_ABOVE_A_DIFF = 2
_UNDERLINED = frozenset(("md", "rst", "txt", "adoc"))
"""Documents, whose headings may be underlined by what looks like a divider."""
_OLD = re.compile(r"--- (\S.*)")
_NEW = re.compile(r"\+\+\+ (\S.*)")
_HUNK = re.compile(r"@@(?: -\d+(?:,\d+)? \+\d+(?:,\d+)? @@)?.*")
_ENVELOPE = re.compile(r"\*\*\* (Add|Update|Delete|Move|Begin|End)\b(?: (?:File|Patch|to))?:?\s*(.*)")
_HEADS = (
    "diff --git ",
    "index ",
    "new file mode",
    "deleted file mode",
    "similarity ",
    "rename ",
    "old mode",
    "new mode",
)


@dataclass(slots=True)
class Hunks:
    """What a block of edits holds: edits, whole new files by path, and what was wrong; lines are offsets in
    the block.
    """

    edits: list[Edit] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.edits) + len(self.problems) >= _MOST

    def complain(self, code: str, message: str, line: int) -> None:
        self.problems.append(Problem(code=code, message=message, line=line))


def form_of(lines: Sequence[str], tag: str) -> str | None:
    """How a block expresses edits: "search_replace", "patch", "unified_diff", or None where it does not."""
    head = [line for line in lines[:12] if line.strip()][:3]
    if any(SEARCH.fullmatch(line) for line in head):
        return "search_replace"
    if any(_ENVELOPE.fullmatch(line) for line in head):
        return "patch"
    if _begins_a_diff(lines[:13]) or (head and head[0].startswith("diff --git ")):
        return "unified_diff"
    if tag in {"diff", "patch", "udiff"} and any(line.startswith(("+", "-")) for line in lines):
        return "unified_diff"
    return None


def _begins_a_diff(lines: Sequence[str]) -> bool:
    """Whether the heads of a diff stand below a marker and a title at most, and what git says above them."""
    others = 0
    for line, below in pairwise(lines):
        if _OLD.fullmatch(line) and _NEW.fullmatch(below):
            return True
        others += bool(line.strip()) and not line.startswith(_HEADS)
        if others > _ABOVE_A_DIFF:
            return False
    return False


def read(form: str, lines: Sequence[str], path: str, first_line: int) -> Hunks:
    """The edits of a block. `path` names the file where the block itself does not; "" if nothing does."""
    reader = {"search_replace": _search_replace, "patch": _patch, "unified_diff": _unified_diff}[form]
    return reader(lines, path, first_line)


def _search_replace(lines: Sequence[str], path: str, first_line: int) -> Hunks:
    found = Hunks()
    i = 0
    while i < len(lines) and not found.full:
        head = SEARCH.fullmatch(lines[i])
        if head is None:
            named = in_line(lines[i])
            path = named.path if named else path
            i += 1
            continue
        path = as_path(head[1]) or path
        column = _column(lines[i])
        end = next((j for j in range(i + 1, len(lines)) if _ends(lines[j], column)), None)
        if end is None or not _REPLACE.fullmatch(lines[end]):
            found.complain("edit_not_closed", "a SEARCH part has no `>>>>>>> REPLACE` line", first_line + i)
            i = len(lines) if end is None else end
            continue
        edit = _edit(lines[i : end + 1], path)
        if edit is None:
            found.complain(
                "edit_unclear", "a SEARCH/REPLACE block needs exactly one `=======` line", first_line + i
            )
        else:
            found.edits.append(edit)
        i = end + 1
    return found


def _ends(line: str, column: int) -> bool:
    """True for a line that ends a SEARCH/REPLACE block, or begins the next; deeper ones are its contents."""
    sign = line.lstrip()[:1] in _SIGNS and _column(line) <= column
    return sign and bool(_REPLACE.fullmatch(line) or SEARCH.fullmatch(line))


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _edit(lines: Sequence[str], path: str) -> Edit | None:
    dividers = [
        i for i in range(1, len(lines)) if lines[i][:9].lstrip()[:1] == "=" and _DIVIDER.fullmatch(lines[i])
    ]
    if len(dividers) > 1:
        head = lines[0].strip()
        width = len(head) - len(head.lstrip("<-"))
        dividers = [i for i in dividers if len(lines[i].strip()) == width]
    stop = len(lines) - 1
    if len(dividers) > 1 and dividers[-1] == stop - 1 and extension(path) not in _UNDERLINED:
        stop = dividers.pop()  # models repeat the divider above the last line
    if len(dividers) != 1:
        return None
    at = dividers[0]
    search = lines[1:at]
    if search and search[0].startswith(":start_line:"):
        search = search[2 if len(search) > 1 and search[1].startswith("-----") else 1 :]
    return Edit(path=path, search=text_of(search), replace=text_of(lines[at + 1 : stop]))


def _unified_diff(lines: Sequence[str], path: str, first_line: int) -> Hunks:
    found = Hunks()
    for part in _by_file(lines):
        old, new = part.old, part.new
        if new == "/dev/null":
            found.complain(
                "deletion_in_reply", f"the reply deletes `{old}`; nothing is deleted", first_line + part.line
            )
            continue
        name = _diff_path(new) or _diff_path(old) or path
        for start, hunk in _by_hunk(part.lines):
            search, replace = _sides(hunk)
            if old == "/dev/null":
                found.files.append((name, "".join(line + "\n" for line in replace)))
            elif search or not replace:
                if search != replace:
                    edit = Edit(
                        path=name, search=text_of(search), replace=text_of(replace), format="unified_diff"
                    )
                    found.edits.append(edit)
            else:
                message = f"a hunk of `{name}` only adds lines and shows none around them"
                found.complain("edit_without_context", message, first_line + part.body + start)
    return found


@dataclass(slots=True)
class _Part:
    line: int
    body: int
    old: str = ""
    new: str = ""
    lines: list[str] = field(default_factory=list)


def _by_file(lines: Sequence[str]) -> list[_Part]:
    parts = [_Part(0, 0)]
    i = 0
    while i < len(lines) and len(parts) <= _MOST:
        old = _OLD.fullmatch(lines[i])
        new = _NEW.fullmatch(lines[i + 1]) if old and i + 1 < len(lines) else None
        if old and new:
            parts.append(_Part(i, i + 2, old[1].split("\t")[0].strip(), new[1].split("\t")[0].strip()))
            i += 2
            continue
        if not lines[i].startswith(_HEADS):
            parts[-1].lines.append(lines[i])
        i += 1
    return [part for part in parts if any(line.startswith(("+", "-")) for line in part.lines)]


def _by_hunk(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    starts = [i for i, line in enumerate(lines) if _HUNK.fullmatch(line)]
    if not starts:
        yield 0, list(lines)
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=False):
        yield start, list(lines[start + 1 : stop])


def _sides(hunk: Sequence[str]) -> tuple[list[str], list[str]]:
    """A hunk's lines before and after; a line without a sign is context that lost its space."""
    while hunk and not hunk[-1].strip():
        hunk = hunk[:-1]
    search, replace = [], []
    for line in hunk:
        sign, rest = line[:1], line[1:]
        if sign == "\\":
            continue
        if sign != "+":
            search.append(rest if sign in "- " else line)
        if sign != "-":
            replace.append(rest if sign in "+ " else line)
    return search, replace


def _diff_path(name: str) -> str | None:
    if name in {"", "/dev/null"}:
        return None
    return as_path(re.sub(r"^[ab]/", "", name), labelled=True)


def _patch(lines: Sequence[str], path: str, first_line: int) -> Hunks:
    found = Hunks()
    signs = (i for i, line in enumerate(lines) if line.startswith("*** "))
    found_heads = ((i, match[1], match[2]) for i in signs if (match := _ENVELOPE.fullmatch(lines[i])))
    heads = list(islice(found_heads, _MOST))
    for (i, verb, name), stop in zip(heads, [*(head[0] for head in heads[1:]), len(lines)], strict=False):
        target, body = as_path(name, labelled=True) or path, lines[i + 1 : stop]
        if verb == "Add":
            found.files.append((target, "".join(line.removeprefix("+") + "\n" for line in body)))
        elif verb == "Update":
            update = _unified_diff(body, target, first_line + i + 1)
            found.edits.extend(update.edits)
            found.problems.extend(update.problems)
        elif verb in {"Delete", "Move"}:
            found.complain(
                "deletion_in_reply", f"the reply removes or moves `{name}`; nothing is", first_line + i
            )
    return found
