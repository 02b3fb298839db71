"""The values that flow through Jr: frozen, typed, without I/O and without a framework.

`Instruction → Ledger → Plan → FileChange → Receipt`, and `app.task` for the task that remembers them.
Bytes on disk are `bytes`; text of an instruction or a model is `str`; times are aware UTC datetimes;
line numbers are 1-based; hashes are lower-case hexadecimal SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

JsonObject = Mapping[str, Any]


def sha256(data: bytes | str) -> str:
    """The hash Jr names bytes by; text is hashed as UTF-8."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


class Rung(StrEnum):
    """The ladder, top first."""

    VERBATIM = "verbatim"
    DUAL_MODEL = "dual_model"
    RLM = "rlm"
    SINGLE_PASS = "single_pass"  # noqa: S105 -- a rung, no password


class Kind(StrEnum):
    """What a deliverable is."""

    CREATE = "create"
    EDIT = "edit"
    COMMAND = "command"


class Content(StrEnum):
    """Where a deliverable's bytes come from."""

    INLINE = "inline"
    GENERATE = "generate"


class Use(StrEnum):
    """What a fenced block of an instruction is for."""

    CREATE = "create"
    EDIT = "edit"
    COMMAND = "command"
    EXAMPLE = "example"
    UNRESOLVED = "unresolved"


class Disposition(StrEnum):
    """What became of a deliverable."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    AWAITING_APPROVAL = "awaiting_approval"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_RUN = "not_run"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    COMPLETE = "complete"
    NEEDS_MODELS = "needs_models"
    NEEDS_REWRITE = "needs_rewrite"


class Action(StrEnum):
    CREATE_FILE = "create_file"
    EDIT_FILE = "edit_file"
    RUN_COMMAND = "run_command"


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of the instruction, both ends included; for a fenced block, its fence lines."""

    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a person should know or mend, with a code a program can read."""

    code: str
    message: str
    line: int | None = None
    severity: str = "warning"
    suggestion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace the one place where `search` stands by `replace`; an empty `replace` deletes."""

    path: str
    search: str
    replace: str
    format: str = "search_replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """One thing the task owes.

    `text` holds an inline file's contents and `edit` an inline edit; both are None for what is to be
    generated. `path` is None only for commands.
    """

    id: str
    kind: Kind
    path: str | None
    content: Content
    source: Span
    text: str | None = None
    edit: Edit | None = None
    description: str = ""

    @property
    def asks_for_a_file(self) -> bool:
        return self.kind is not Kind.COMMAND

    @property
    def open(self) -> bool:
        """True where a model has to supply the bytes."""
        return self.asks_for_a_file and self.content is Content.GENERATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The one entry every fenced block of an instruction gets."""

    span: Span
    lang: str
    use: Use
    reason: str
    path: str | None = None
    deliverables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a task owes, fixed before any model is asked."""

    title: str
    deliverables: tuple[Deliverable, ...]
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    verdict: Verdict

    @property
    def open_paths(self) -> tuple[str, ...]:
        """Paths a model must supply, in the order of the instruction, each once."""
        return tuple(dict.fromkeys(d.path for d in self.deliverables if d.open and d.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    step_number: int
    action: Action
    target: str
    description: str
    code_needed: bool = True
    depends_on: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    title: str
    summary: str
    steps: tuple[Step, ...]
    files_to_create: tuple[str, ...] = ()
    files_to_modify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer of one check about one file: `ok`, or a code and a sentence that says what to mend."""

    name: str
    ok: bool
    code: str | None = None
    detail: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file's bytes before and after; None stands for "no such file" on either side."""

    path: str
    before: bytes | None
    after: bytes | None
    content: Content
    deliverables: tuple[str, ...] = ()
    step_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A file as it was read back from disk after the apply."""

    path: str
    action: str
    sha256: str
    size: int
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCommand:
    """A task's own check: a shell line that must exit 0 in the sandbox."""

    name: str
    run: str
    timeout_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How a check ended; `detail` says why in a few words: an exit code, or the limit that ended it."""

    name: str
    ok: bool
    output: str
    detail: str
