"""Finds out from a server's own count whether it dropped a part of the prompt in silence."""

from __future__ import annotations

from enum import StrEnum

from app.llm.tokens import Estimate

_HALF = 0.5
_COMMON = tuple(2048 << doubled for doubled in range(7))
UNKNOWN_WINDOW = _COMMON[-1]
"""Stands for a window that nobody tells: the smaller ones that servers have by default are thought of too."""


class Verdict(StrEnum):
    ABSENT = "absent"
    DOUBTFUL = "doubtful"
    TRUNCATED = "truncated"


def signature(window: int, num_keep: int) -> frozenset[int]:
    """The counts that a prompt truncated to this window has, whatever its length was.

    Half of what is not kept is dropped; a tokeniser that adds a first token keeps one more. Older engines
    count a full window.
    """
    kept = (min(num_keep + extra, window - 1) for extra in (0, 1))
    return frozenset({window, window - 1} | {window - max((window - keep) // 2, 1) for keep in kept})


def dropped(counted: int | None, estimate: Estimate) -> bool:
    """Whether fewer tokens were counted than a prompt surely has that is too long for some window."""
    return bool(counted) and estimate.high >= _COMMON[0] and (counted or 0) < estimate.low


def went_past(prompt_tokens: int | None, completion_tokens: int | None, window: int | None) -> bool:
    """Whether the reply grew past the window, for which the start of the prompt was dropped on the way."""
    return bool(window and (prompt_tokens or 0) + (completion_tokens or 0) > window)


def verdict(counted: int | None, estimate: Estimate, window: int, *, num_keep: int) -> Verdict:
    """Judges a reply by the prompt tokens its server counted.

    Where the prompt surely fits, a small count means a server that counts otherwise, not one that drops.
    A count that is a truncated prompt's and may as well be this one's is doubtful: asking again with a few
    bytes more moves an honest count. Windows that servers have by default are thought of as well, for one
    that does not heed the window it is asked for.
    """
    may_overflow = estimate.high >= window
    ignored = (common for common in _COMMON if common <= estimate.high)
    suspects = frozenset().union(signature(window, num_keep), *(signature(w, num_keep) for w in ignored))
    if counted is None:
        return Verdict.TRUNCATED if estimate.likely > _HALF * window else Verdict.ABSENT
    if counted in suspects:
        honest = estimate.low <= counted <= estimate.high
        return Verdict.DOUBTFUL if honest else Verdict.TRUNCATED
    return Verdict.TRUNCATED if may_overflow and counted < estimate.low else Verdict.ABSENT
