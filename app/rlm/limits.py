"""What an RLM run may use, and the two ways it can end without an answer."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
MOST_ITERATIONS = 8


class RlmUnavailable(Exception):
    """The rung cannot run here; `detail` says what is missing."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class RlmFailed(Exception):
    """The rung ran and gave no answer; `code` for a program, `detail` for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class RlmLimits:
    """Sizes in bytes, times in seconds, tokens of all calls together; `reply_tokens` of one call.

    Raises ValueError for more than eight iterations.
    """

    wall_s: float = 900.0
    call_s: float = 600.0
    memory_bytes: int = 1024 * MIB
    processes: int = 64
    calls: int = 64
    tokens: int = 2_000_000
    reply_tokens: int = 8192
    iterations: int = MOST_ITERATIONS
    line_bytes: int = 8 * MIB

    def __post_init__(self) -> None:
        if not 1 <= self.iterations <= MOST_ITERATIONS:
            raise ValueError(f"iterations must be 1 to {MOST_ITERATIONS}, not {self.iterations}")
