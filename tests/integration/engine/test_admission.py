"""Tasks that one caller posts at once are let in one after the other, on both databases."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from app.engine.errors import QueueFull
from app.store.tables import tasks as task_table
from app.task import NewTask, Task
from tests.integration.engine.conftest import Open


async def test_posts_at_once_keep_to_the_bound_of_the_queue(opened: Open) -> None:
    async with opened(worker=False, max_queued=5) as tasks:
        posts = (tasks.submit(NewTask(instruction="a = 1")) for _ in range(24))
        answers = await asyncio.gather(*posts, return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, QueueFull)]
    assert (len(answers) - len(refused), len(refused)) == (5, 19)


async def test_posts_at_once_get_a_turn_each(opened: Open) -> None:
    async with opened(worker=False) as tasks:
        posts = (tasks.submit(NewTask(instruction="a = 1")) for _ in range(24))
        made: list[tuple[Task, bool]] = await asyncio.gather(*posts)
        query = select(task_table.c.turn).where(task_table.c.id.in_([task.id for task, _ in made]))
        turns = await tasks.database.read(lambda connection: connection.execute(query).scalars().all())

    assert sorted(turns) == list(range(24))
