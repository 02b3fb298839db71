"""Subject: what a check looks at, and the three answers it can give."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from app.domain import Finding

_CODE_NAME = re.compile(r"(?:[A-Z][a-z]+|GNUmake|make|just)file")
"""`Makefile`, `Dockerfile` and their like: code without an extension."""
PROSE = frozenset(("md", "markdown", "mdx", "rst", "txt", "adoc", "text", "org", ""))


@dataclass(frozen=True, kw_only=True)
class Subject:
    r"""A file's text after and before the change; `before` is None for a new file. Line ends are `\\n`."""

    path: str
    after: str
    before: str | None = None
    instruction: str = ""
    min_bytes: int = 0

    @cached_property
    def name(self) -> str:
        return self.path.replace("\\", "/").rpartition("/")[2]

    @cached_property
    def suffix(self) -> str:
        """The name's last extension in lower case, "" where it has none."""
        return self.name.lstrip(".").rpartition(".")[2].lower() if "." in self.name.lstrip(".") else ""

    @cached_property
    def is_prose(self) -> bool:
        """True for documents, which may quote anything."""
        return (
            self.suffix in PROSE and not _CODE_NAME.fullmatch(self.name) and not self.after.startswith("#!")
        )

    @cached_property
    def lines(self) -> list[str]:
        return self.after.split("\n")

    @cached_property
    def old_lines(self) -> frozenset[str]:
        return frozenset(line.strip() for line in (self.before or "").split("\n"))

    def knows(self, line: str) -> bool:
        """True for a line that the old file or the instruction has: what it holds is not the change's
        doing.
        """
        return line.strip() in self.old_lines or line.strip() in self.instruction


Check = Callable[[Subject], Finding]


def passed(name: str) -> Finding:
    return Finding(name=name, ok=True)


def reported(name: str, code: str, detail: str, line: int | None = None) -> Finding:
    """A doubt worth telling that stops nothing."""
    return Finding(name=name, ok=True, code=code, detail=detail, line=line)


def refused(name: str, code: str, detail: str, line: int | None = None) -> Finding:
    """A fault that keeps the file from being written; the detail says what to mend."""
    return Finding(name=name, ok=False, code=code, detail=detail, line=line)
