"""Tables of files: which column holds the path, which the action."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.instruction.names import Name, Role
from app.instruction.naming import LONGEST_LINE
from app.instruction.skeleton import skeleton

_FILE_HEAD = re.compile(
    r"\b(?:files?|paths?|targets?|location|script|module|filename|deliverables?|artifacts?)\b", re.IGNORECASE
)
_ACTION_HEAD = re.compile(
    r"\b(?:actions?|changes?|type|operation|status|what|op|create/modify|new\??|kind|mode|work|tasks?|steps?)\b",
    re.IGNORECASE,
)
_CREATES = re.compile(
    r"^\W*(?:creat\w*|new\b(?!\s+(?!files?\b|module\b|script\b|class\b|component\b|tests?\b|template\b|"
    r"package\b|page\b)\w)|add(?:ed)?$|write\b|generate\b|implement\b|build\b|\+$)",
    re.IGNORECASE,
)
_EDITS = re.compile(
    r"^\W*(?:modif\w*|edit\w*|updat\w*|chang\w*|fix\w*|patch\w*|extend\w*|append\w*|refactor\w*|"
    r"replac\w*|new\s|add(?:ed|s)?\s|insert\w*|remov\w*\s|wire\w*|"
    r"rewrit\w*|enhanc\w*|integrat\w*|rename\w*\s|import\w*|register\w*|m$|~$)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Table:
    """A table as it is read, row by row; `columns` are its heads once the rule below them was seen."""

    last: int
    columns: tuple[str, ...] = ()
    ruled: bool = False

    def goes_on(self, number: int) -> bool:
        return number == self.last + 1


def table_names(table: Table, row: str, number: int, listing: Role | None) -> tuple[Name, ...]:
    """The file a row names, with the role its action column or the line above the table gives it."""
    table.last = number
    if len(row) > LONGEST_LINE:
        return ()
    cells = tuple(cell.strip() for cell in row.strip().strip("|").split("|"))
    if all(set(cell) <= set(":- ") for cell in cells):
        table.ruled = True
        return ()
    if not table.ruled:
        table.columns = cells
        return ()
    column = _file_column(table.columns, cells)
    if column is None:
        return ()
    bones = skeleton(cells[column])
    role = _role(table.columns, cells, column) or listing or Role.MENTION
    reason = "its table row" if role is not Role.MENTION else "mentioned in a table"
    return tuple(Name(path=path, line=number, role=role, reason=reason) for path in bones.paths[:1])


def _file_column(heads: tuple[str, ...], cells: tuple[str, ...]) -> int | None:
    named = [n for n, head in enumerate(heads[: len(cells)]) if _FILE_HEAD.search(head)]
    holding = [n for n, cell in enumerate(cells) if len(cell) < 400 and skeleton(cell).paths]  # noqa: PLR2004 -- a path is short
    return next((n for n in named if n in holding), holding[0] if holding and not named else None)


def _role(heads: tuple[str, ...], cells: tuple[str, ...], column: int) -> Role | None:
    """The action column decides; without one, a cell that is a single word of action."""
    for n, cell in enumerate(cells):
        is_action = n < len(heads) and _ACTION_HEAD.search(heads[n])
        if n == column or not (is_action or len(cell.split()) == 1):
            continue
        text = cell.replace("*", "").replace("`", "").strip()
        if _CREATES.match(text):
            return Role.CREATE
        if _EDITS.match(text):
            return Role.EDIT
    return Role.MENTION if any(_ACTION_HEAD.search(head) for head in heads) else None
