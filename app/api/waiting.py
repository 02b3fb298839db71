"""Waiting on a task for a caller, without holding up a service that wants to stop."""

from __future__ import annotations

import asyncio

from app.api.services import Services
from app.task import Task


async def wait_for(services: Services, task: Task, seconds: float, *, version: int | None = None) -> Task:
    """The task once it has ended (or left `version`), after `seconds`, or as it is when the service stops."""
    looking = asyncio.ensure_future(services.tasks.wait(task.id, version=version, timeout_s=seconds))
    closing = asyncio.ensure_future(services.closing.wait())
    try:
        await asyncio.wait((looking, closing), return_when=asyncio.FIRST_COMPLETED)
        return looking.result() if looking.done() else task
    finally:
        for waiter in (looking, closing):
            waiter.cancel()
        await asyncio.gather(looking, closing, return_exceptions=True)
