"""Handing tasks to the durable engine, in the caller's own transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dbos import DBOSClient, EnqueueOptions, Serializer
from sqlalchemy import Connection, update

from app.store import runs, tasks
from app.store.tables import tasks as task_table
from app.store.tasks import Standing
from app.task import Status

QUEUE = "jr-tasks"
WORKFLOW = "jr.drive"
APPLICATION = "jr-service"

_PRIORITIES = 100
_TURNS = 20_000_000


class JsonSerializer(Serializer):
    """Ids and small JSON are all that the engine's own tables ever hold."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "jr_json"


def workflow_id(task_id: str, launch: int) -> str:
    """The engine's name for a hand-over; the first is the task's own id."""
    return task_id if launch == 1 else f"{task_id}.{launch}"


def apply_name(task_id: str, attempt: int) -> str:
    """The journal's name for an attempt's apply."""
    return f"{task_id}.{attempt}"


def revert_name(applied_as: str) -> str:
    """The journal's name for the undoing of an apply."""
    return f"{applied_as}.revert"


@dataclass(frozen=True, slots=True)
class Queue:
    """The way into the engine; works in processes that run no worker too."""

    client: DBOSClient

    def hand_over(self, connection: Connection, now: Standing) -> None:
        """Queues the task's current launch; it is taken once the transaction is committed."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": workflow_id(now.id, now.launch),
            "priority": place(now.priority, now.turn),
        }
        self.client.enqueue_in_transaction(connection, options, now.id, now.launch)

    def offer(self, version: str) -> None:
        """Lets workers of this version take new tasks, which go to the version that was offered last.

        Without it a version that was rolled back would keep what it no longer takes.
        """
        if self.client.get_latest_application_version()["version_name"] != version:
            self.client.set_latest_application_version(version)

    def relaunch(self, connection: Connection, task_id: str, launch: int) -> bool:
        """Hands the task over anew, whoever ran it; False where that launch is not its last or it has ended.

        The run before, should it still live, has lost its token.
        """
        now = tasks.standing(connection, task_id, lock=True)
        if now is None or now.launch != launch or now.status not in (Status.QUEUED, Status.IN_PROGRESS):
            return False
        self.next_launch(connection, now)
        return True

    def next_launch(self, connection: Connection, now: Standing, **columns: Any) -> None:
        """Counts one launch up, sets `columns` and hands the task over. The caller holds the task's row."""
        connection.execute(
            update(task_table)
            .where(task_table.c.id == now.id)
            .values(launch=now.launch + 1, run_token=None, **columns)
        )
        following = tasks.standing(connection, now.id)
        if following is not None:
            self.hand_over(connection, following)

    def hand_back(self, connection: Connection, run: runs.Claim) -> None:
        """Gives up a run that may go on elsewhere. Raises `Superseded`."""
        self.next_launch(connection, runs.hand_back(connection, run))


def place(priority: int, turn: int) -> int:
    """The engine's priority, where lower goes first: higher priorities first, then turns."""
    rank = _PRIORITIES - min(max(priority, 0), _PRIORITIES)
    return rank * _TURNS + min(turn, _TURNS - 2) + 1
