"""A lease holds by its own clock, judges nobody before it has held long enough, and comes back when lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.engine.lease import Lease
from app.engine.slot import machine_name, slot
from app.store import leases
from app.store.session import Database, open_database
from app.store.tables import metadata


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{tmp_path}/jr.db")) as opened:
        metadata.create_all(opened.engine)
        yield opened


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def lease(
    database: Database, name: str = "one", *, lost: threading.Event | None = None, **more: object
) -> Lease:
    told = lost or threading.Event()
    settings = {"lease_s": 5.0, "renew_s": 0.02, **more}
    return Lease(database, name, f"{name}-life", "folder", lost=told.set, **settings)  # type: ignore[arg-type]


def test_a_held_lease_is_seen_by_all_and_ends_with_its_holder(database: Database) -> None:
    held = lease(database)
    assert not held.alive()
    with held.held():
        assert held.alive()
        assert database.read_now(leases.living) == {"one": "folder"}
    assert database.read_now(leases.living) == {}


def test_nobody_is_judged_before_a_whole_lease_of_ones_own(database: Database) -> None:
    clock = Clock()
    held = lease(database, clock=clock, lease_s=9, renew_s=3)
    with held.held():
        for _ in range(3):
            assert not held.may_judge()
            clock.now += 3
            held._renew()
        assert held.may_judge()


@pytest.mark.parametrize("outage_s", [5.0, 8.9, 20.0])
def test_after_an_outage_the_wait_begins_anew(database: Database, outage_s: float) -> None:
    clock = Clock()
    held = lease(database, clock=clock, lease_s=9, renew_s=3)
    with held.held():
        for _ in range(3):
            clock.now += 3
            held._renew()
        clock.now += outage_s
        assert not held.may_judge()
        for _ in range(3):
            held._renew()
            assert held.alive()
            assert not held.may_judge()
            clock.now += 3
        held._renew()
        assert held.may_judge()


def test_a_renewal_that_failed_is_tried_again_sooner(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    held = lease(database, renew_s=6)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 2:
            metadata.tables["leases"].drop(database.engine)
        return len(waits) == 4

    monkeypatch.setattr(held._stop, "wait", wait)
    held._take()
    held._renew_on()
    assert waits == [6, 6, 1, 1]


def test_only_others_leases_that_ran_out_are_dropped_and_once(database: Database) -> None:
    for name in ("own", "dead", "alive"):
        seconds = 5.0 if name == "alive" else -1.0
        database.write_now(lambda c, n=name, s=seconds: leases.take(c, n, "x", workspace="w", lease_s=s))  # type: ignore[misc]
    assert database.write_now(lambda c: leases.drop_expired(c, asker="own")) == ("dead",)
    assert database.write_now(lambda c: leases.drop_expired(c, asker="own")) == ()


def test_who_was_taken_for_dead_hears_of_it_and_takes_a_new_lease(database: Database) -> None:
    lost = threading.Event()
    with lease(database, lost=lost).held():
        database.write_now(lambda c: c.execute(metadata.tables["leases"].delete()))
        assert lost.wait(10)
        for _ in range(500):
            if database.read_now(leases.living):
                break
            threading.Event().wait(0.01)
        assert database.read_now(leases.living) == {"one": "folder"}


def test_slots_are_taken_in_order_and_freed(tmp_path: Path) -> None:
    with slot(tmp_path / "db") as first:
        with slot(tmp_path / "db") as second:
            assert (first, second) == ("slot-0", "slot-1")
        with slot(tmp_path / "db") as again:
            assert again == "slot-1"


def test_machine_names_differ() -> None:
    assert machine_name("a") != machine_name("b")
