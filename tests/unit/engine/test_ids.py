"""Ids sort by the time they were made, and are UUIDs."""

from __future__ import annotations

import time
from uuid import UUID

from app.engine.ids import sortable_id, utc_now


def test_later_ids_sort_later() -> None:
    made = []
    for _ in range(5):
        made.append(sortable_id())
        time.sleep(0.002)
    assert made == sorted(made)


def test_ids_are_uuids_of_version_7_and_never_the_same() -> None:
    made = {sortable_id() for _ in range(2_000)}
    assert len(made) == 2_000
    assert {(UUID(one).version, UUID(one).variant) for one in made} == {(7, "specified in RFC 4122")}


def test_time_is_aware() -> None:
    assert utc_now().utcoffset() is not None
