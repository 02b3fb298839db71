"""The order of the queue: priorities first, then callers in turn, so that no heap delays another's task."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from app.store.tables import tasks
from app.task import Status

_QUEUED = tasks.c.status == Status.QUEUED


def one_at_a_time(connection: Connection, caller: str) -> None:
    """Lets the caller's other tasks wait until this transaction ends: no two get one turn or last place."""
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"jr.admission:{caller}", 0))
        connection.execute(select(lock))


def length(connection: Connection) -> int:
    """How many tasks wait for a worker."""
    return connection.execute(select(func.count()).select_from(tasks).where(_QUEUED)).scalar_one()


def next_turn(connection: Connection, *, caller: str, priority: int) -> int:
    """The turn of a caller's next task of this priority.

    A caller's tasks get consecutive turns, from the one that is up now: with a hundred of A waiting, the
    first of B is next but one. An empty queue starts again at 0.
    """
    waiting = (_QUEUED, tasks.c.priority == priority)
    up_now = connection.execute(select(func.min(tasks.c.turn)).where(*waiting)).scalar()
    own = connection.execute(
        select(func.max(tasks.c.turn)).where(*waiting, tasks.c.caller == caller)
    ).scalar()
    return max(up_now or 0, -1 if own is None else own + 1)
