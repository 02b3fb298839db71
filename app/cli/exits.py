"""How a command ends: its exit code and, where it failed, the sentence that says why."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of `jr`."""

    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3


class CommandError(Exception):
    """Ends the command with `code`; the message goes to standard error."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code
