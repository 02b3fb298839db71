"""Kill anything, lose nothing: SIGKILL at every named point and at any instant, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.harness import KINDS, Service, Sweep, life_of
from tests.crash.invariants import violations
from tests.crash.stand_ins import model_servers

KILLS, SOAK_KILLS = 110, 2_600
_LOOKED_EACH = 200
_ROUNDS = 8


def points_of_a_clean_life(sweep: Sweep) -> dict[str, int]:
    """The names that one life with a job of every kind passes, and up to which time each can be struck."""
    for _ in KINDS:
        sweep.customer.new_job()
    sweep.finish()
    return dict(sorted(Counter(sweep.life.points.read_text().split()).items()))


def strike(sweep: Sweep, points: dict[str, int], dice: random.Random) -> None:
    """A death at a point, at any instant, or beside others that live on."""
    match dice.randrange(4):
        case 0:
            point, times = dice.choice(list(points.items()))
            sweep.strike(point, after=dice.randint(1, times))
        case 1 | 2:
            sweep.strike_at_random(dice)
        case _:
            sweep.strike_among_others(dice, _ROUNDS)


@pytest.mark.slow
@pytest.mark.timeout(4 * 3_600)
def test_nothing_is_lost_stuck_or_done_twice_however_often_the_service_is_killed(
    migrated_url: str, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = SOAK_KILLS if pytestconfig.getoption("--soak") else KILLS
    dice = random.Random(7)
    with model_servers() as servers:
        sweep = Sweep(life_of(tmp_path, migrated_url, servers))
        points = points_of_a_clean_life(sweep)
        assert len(points) >= 30
        for point in points:
            sweep.strike(point)
        while sweep.kills < kills:
            goal = min(kills, sweep.kills + _LOOKED_EACH)
            while sweep.kills < goal:
                strike(sweep, points, dice)
            sweep.finish()
            wrong = violations(sweep.life, sweep.customer, *servers)
            with capsys.disabled():
                print(  # noqa: T201 -- the figures are asked for
                    f"\n{migrated_url.partition(':')[0]}: {sweep.kills} kills, {len(points)} named points,"
                    f" {len(sweep.customer.jobs)} jobs, {sum(len(server.calls) for server in servers)}"
                    f" model calls, {len(wrong)} violations, missed {sweep.missed}",
                    flush=True,
                )
            assert not wrong


def test_a_clean_stop_leaves_nothing_to_mend(migrated_url: str, tmp_path: Path) -> None:
    with model_servers() as servers:
        sweep = Sweep(life_of(tmp_path, migrated_url, servers))
        service = Service(sweep.life)
        service.up()
        for _ in KINDS:
            sweep.customer.new_job()
        sweep.customer.visit(service)
        service.stop()
        sweep.finish()
        assert violations(sweep.life, sweep.customer, *servers) == []
