"""How many tasks may wait, and how often that is counted."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

from app.engine.admission import Room

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Counted:
    """A queue that says one length after the other."""

    def __init__(self, *lengths: int) -> None:
        self.lengths = deque(lengths)

    def __call__(self) -> int:
        return self.lengths.popleft()


def test_where_few_places_are_free_each_task_counts_and_the_first_beyond_the_bound_is_told_the_length():
    room, count = Room(3), Counted(0, 1, 2, 3)

    assert [room.overfull(count, NOON) for _ in range(4)] == [None, None, None, 3]


def test_one_count_lets_a_twentieth_of_the_free_places_pass():
    room, count = Room(1_000), Counted(900, 906)

    assert [room.overfull(count, NOON) for _ in range(7)] == [None] * 7
    assert not count.lengths


def test_a_count_is_old_after_a_second():
    room, count = Room(1_000), Counted(0, 1_000)

    assert room.overfull(count, NOON) is None
    assert room.overfull(count, NOON + timedelta(seconds=1)) == 1_000
