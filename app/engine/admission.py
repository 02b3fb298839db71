"""Letting tasks in: once for each idempotency key, up to what the queue holds, stored and queued as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.domain import sha256
from app.engine.errors import IdempotencyMismatch, QueueFull, Refused, TaskNotFound
from app.engine.ids import World
from app.engine.queue import Queue
from app.store import keys, queue, tasks
from app.store.codec import dump
from app.store.session import Database
from app.store.tasks import Standing
from app.task import NewTask, Status
from app.trigger import point

_TITLE = 200
_SHARE = 20
_COUNT_AGAIN = timedelta(seconds=1)


@dataclass(slots=True)
class Room:
    """How many more tasks may wait.

    Counting a long queue takes longer than storing a task. One count lets a twentieth of what is free pass
    within a second; where less than twenty places are free, each task counts. Several processes may so
    overstep a wide bound by a few in a hundred.
    """

    bound: int
    _passes: int = 0
    _until: datetime | None = None

    def overfull(self, count: Callable[[], int], at: datetime) -> int | None:
        """Takes a place in the queue; its length where there is none."""
        if self._passes > 0 and self._until is not None and at < self._until:
            self._passes -= 1
            return None
        waiting = count()
        self._passes, self._until = max(0, self.bound - waiting) // _SHARE, at + _COUNT_AGAIN
        return waiting if waiting >= self.bound else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """`room` bounds the tasks that wait; `capacity` is what one worker runs at once."""

    database: Database
    queue: Queue
    world: World
    room: Room
    capacity: int

    async def admit(self, new: NewTask, key: str | None) -> tuple[str, bool]:
        """The id of the stored task, and whether the key had it already."""
        point("submit.before")
        try:
            admitted = await self.database.write(lambda connection: self._admit(connection, new, key))
        except IntegrityError:
            # Another process stored the same key between our look and our insert.
            admitted = await self.database.write(lambda connection: self._admit(connection, new, key))
        point("submit.stored")
        return admitted

    async def admit_again(self, task_id: str) -> None:
        """Queues the next attempt of a task that failed or was cancelled."""
        await self.database.write(lambda connection: self._admit_again(connection, task_id))
        point("retry.stored")

    def _admit(self, connection: Connection, new: NewTask, key: str | None) -> tuple[str, bool]:
        queue.one_at_a_time(connection, new.caller)
        digest = sha256(dump(NewTask, new))
        known = keys.find(connection, new.caller, key) if key is not None else None
        if key is not None and known is not None:
            if known[1] != digest:
                raise IdempotencyMismatch(key)
            return known[0], True
        self._refuse_overflow(connection)
        task_id, at = self.world.new_id(), self.world.now()
        tasks.create(
            connection,
            task_id,
            new,
            title=new.title or title_of(new.instruction),
            workspace=new.workspace or task_id,
            turn=queue.next_turn(connection, caller=new.caller, priority=new.priority),
            at=at,
        )
        if key is not None:
            keys.remember(connection, new.caller, key, body_sha256=digest, task_id=task_id, at=at)
        self._hand_over(connection, task_id, self.queue.hand_over)
        return task_id, False

    def _admit_again(self, connection: Connection, task_id: str) -> None:
        now = tasks.standing(connection, task_id, lock=True)
        if now is None:
            raise TaskNotFound("this task")
        if now.status not in (Status.FAILED, Status.CANCELLED):
            raise Refused(
                "not_retryable", f"only a failed or cancelled task is retried; this one is {now.status}"
            )
        caller = tasks.caller_of(connection, task_id)
        queue.one_at_a_time(connection, caller)
        self._refuse_overflow(connection)
        turn = queue.next_turn(connection, caller=caller, priority=now.priority)
        tasks.begin_attempt(connection, now, turn=turn, at=self.world.now())
        self._hand_over(connection, task_id, self.queue.next_launch)

    def _hand_over(
        self, connection: Connection, task_id: str, how: Callable[[Connection, Standing], None]
    ) -> None:
        now = tasks.standing(connection, task_id)
        if now is not None:
            how(connection, now)

    def _refuse_overflow(self, connection: Connection) -> None:
        waiting = self.room.overfull(lambda: queue.length(connection), self.world.now())
        if waiting is not None:
            raise QueueFull(retry_after_s=min(60, 1 + waiting // (self.capacity * 10)), place=waiting + 1)


def title_of(instruction: str) -> str:
    """The first line that says something, without the marks of a heading."""
    lines = (line.strip().lstrip("#").strip() for line in instruction.splitlines())
    return next((line for line in lines if line), "")[:_TITLE]
