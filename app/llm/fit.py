"""The context guard: does a prompt fit the window, and how long may its reply be?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.llm.errors import ContextOverflow
from app.llm.tokens import Estimate

MARGIN = 16
"""Tokens left free for what a chat template adds."""
_SHORTEST_REPLY = 128


async def room_for(
    estimate: Estimate,
    *,
    window: int | None,
    wanted: int,
    exact: Callable[[], Awaitable[int | None]],
    strict: bool = False,
) -> int:
    """Tokens the reply may have: what was wanted, or what the window leaves.

    `exact` counts the prompt at the server, and is asked unless the estimate settles it. `strict` is for a
    server that shortens prompts in silence, and goes by the high estimate; where nobody can count, others are
    sent what may fit, and refuse it themselves. Raises `ContextOverflow` with both numbers.
    """
    if window is None:
        return wanted
    shortest = min(wanted, _SHORTEST_REPLY)
    room = window - shortest - MARGIN
    needs = estimate.high if strict else estimate.likely
    if estimate.high > room and estimate.low <= room:
        counted = await exact()
        if counted is None and needs > room and not strict:
            return min(wanted, max(shortest, (window - estimate.low) // 2))
        needs = counted if counted is not None else needs
    if needs > room:
        raise ContextOverflow(
            f"the prompt has about {needs} tokens, the window of the model {window}",
            prompt_tokens=needs,
            window=window,
        )
    return min(wanted, window - needs - MARGIN)
