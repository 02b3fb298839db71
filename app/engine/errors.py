"""What the engine refuses, as a closed tree that the API maps to problems."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError

OUTAGES = (OperationalError, InterfaceError)
"""What a database raises that is away or too busy: the same call may go well later."""


class EngineError(Exception):
    """Base of everything that `Tasks` raises on purpose."""


@dataclass
class TaskNotFound(EngineError):
    """No such task, event source, artifact or file. `what` names the thing that is missing."""

    what: str

    def __str__(self) -> str:
        return f"{self.what} does not exist"


@dataclass
class IdempotencyMismatch(EngineError):
    """The Idempotency-Key was used before with another body."""

    key: str

    def __str__(self) -> str:
        return f"Idempotency-Key {self.key!r} was used with another body"


@dataclass
class QueueFull(EngineError):
    """No more tasks are taken now. `retry_after_s` in whole seconds; `place` is the one it would have had."""

    retry_after_s: int
    place: int

    def __str__(self) -> str:
        return f"the queue is full: this task would be number {self.place}"


@dataclass
class Refused(EngineError):
    """The task's state does not allow this (409). `paths` names the files in the way, where files are."""

    code: str
    detail: str
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.detail


class BadCursor(EngineError):
    """The cursor of a listing was not made by this listing with these filters (400)."""


class NotMigrated(EngineError):
    """The database is not at this code's migrations; only SQLite is migrated at start."""

    def __str__(self) -> str:
        return "the database is not at this version's tables: run `jr migrate` first"
