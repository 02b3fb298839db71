"""A run outlives an outage of the database: what it has to store is tried until it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from app.engine.errors import OUTAGES

T = TypeVar("T")

log = structlog.get_logger(__name__)

_FIRST_S = 0.2
_MOST_S = 5.0


async def patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of the first `attempt` that meets a working database.

    Everything a run stores has a natural key, so that storing it twice is storing it once.
    """
    pause = _FIRST_S
    while True:
        try:
            return await attempt()
        except OUTAGES as error:
            log.warning("database away, trying again", pause_s=pause, error=str(error.orig))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _MOST_S)
