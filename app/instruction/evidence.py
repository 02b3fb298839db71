"""Evidence: what the whole document says of a path, for places that name it without saying what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.instruction.cues import ADD_HEADING, EDIT_HEADING, subject
from app.instruction.names import Name, Role
from app.instruction.paths import stands_at_the_root


@dataclass(slots=True)
class Evidence:
    """Paths that are created, edited or named as targets somewhere, and the fuller form of short ones.

    `changes` is True where the document speaks of changing what exists, in a heading or of any file.
    """

    created: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    targets: dict[str, int] = field(default_factory=dict)
    changes: bool = False
    _by_name: dict[str, set[str]] = field(default_factory=dict)

    def full(self, path: str) -> str:
        """The one longer path of the document that ends in the bare name `path`, or `path` itself."""
        if "/" in path or stands_at_the_root(path):
            return path
        longer = self._by_name.get(path, set())
        return next(iter(longer)) if len(longer) == 1 else path

    def only_target(self) -> str | None:
        """The path, where the document names exactly one file to work on."""
        return next(iter(self.targets)) if len(self.targets) == 1 else None


def gather(names: Iterable[Name], headings: Iterable[str] = ()) -> Evidence:
    evidence = Evidence(
        changes=any(EDIT_HEADING.search(h) or ADD_HEADING.search(h) for h in map(subject, headings))
    )
    for name in names:
        if name.role is Role.CREATE:
            evidence.created.add(name.path)
        elif name.role is Role.EDIT:
            evidence.edited.add(name.path)
            evidence.changes = True
        if name.role in (Role.CREATE, Role.EDIT, Role.FILE):
            evidence.targets.setdefault(name.path, name.line)
        if "/" in name.path and name.role is not Role.MENTION:
            evidence._by_name.setdefault(name.path.rpartition("/")[2], set()).add(name.path)  # noqa: SLF001 -- its own maker
    for short in [path for path in evidence.targets if evidence.full(path) != path]:
        del evidence.targets[short]
    return evidence
