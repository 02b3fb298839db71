"""Names: a path in the prose and what its line says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a line wants of a file: FILE does not say, LISTED stands first in an item."""

    CREATE = "create"
    EDIT = "edit"
    FILE = "file"
    LISTED = "listed"
    MENTION = "mention"


NAMING = (Role.CREATE, Role.EDIT, Role.FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A path and the line that names it.

    `label`: it may name a block. `whole`: full contents are announced. `above`: it speaks of the block above.
    `heading` is the level of the heading it stands in, or 0. `hint` is what a remark after the path suggests,
    for lists that no heading speaks for. `tail` follows the path in its sentence, `rest` is what comes after.
    """

    path: str
    line: int
    role: Role
    reason: str
    label: bool = False
    whole: bool = False
    above: bool = False
    heading: int = 0
    hint: Role | None = None
    tail: str = ""
    rest: str = ""
    until: int = 0

    @property
    def last_line(self) -> int:
        """The line on which its paragraph ends."""
        return max(self.line, self.until)
