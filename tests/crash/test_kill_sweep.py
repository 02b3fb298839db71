"""Kill anything, lose nothing: SIGKILL at every named point and at any instant, on both databases."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.harness import Customer, Service, Sweep, life_of, model_servers, violations

KILLS, SOAK_KILLS = 110, 2_600
# Told at a Superseded run, a hand-back or by other processes only: other tests strike there.
ELSEWHERE = {"run.handed_back"}


def points_of_a_clean_life(sweep: Sweep) -> list[str]:
    """The names that one life with a job of every kind passes, in alphabetical order."""
    for _ in range(8):
        sweep.customer.new_job()
    sweep.finish()
    names = sorted(set(sweep.life.points.read_text().split()))
    sweep.customer = Customer(jobs=sweep.customer.jobs)
    return names


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_nothing_is_lost_stuck_or_done_twice_however_often_the_service_is_killed(
    migrated_url: str, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = SOAK_KILLS if pytestconfig.getoption("--soak") else KILLS
    dice = random.Random(7)
    with model_servers() as servers:
        sweep = Sweep(life_of(tmp_path, migrated_url, servers))
        points = points_of_a_clean_life(sweep)
        for point in points:
            sweep.strike(point, after=dice.choice((1, 1, 2, 3)))
        while sweep.kills < kills:
            if dice.random() < 0.3:
                sweep.strike(dice.choice(points), after=dice.randint(1, 4))
            else:
                sweep.strike_at_random(dice)
        sweep.finish()
        wrong = violations(sweep.life, sweep.customer)
    with capsys.disabled():
        print(  # noqa: T201 -- the figures are asked for
            f"\n{migrated_url.partition(':')[0]}: {sweep.kills} kills, {len(points)} named points,"
            f" {len(sweep.customer.jobs)} jobs, {len(wrong)} violations, missed {sweep.missed}"
        )
    assert not wrong
    assert len(points) >= 30


def test_a_clean_stop_leaves_nothing_to_mend(migrated_url: str, tmp_path: Path) -> None:
    with model_servers() as servers:
        sweep = Sweep(life_of(tmp_path, migrated_url, servers))
        service = Service(sweep.life)
        service.up()
        for _ in range(8):
            sweep.customer.new_job()
        sweep.customer.visit(service)
        service.stop()
        sweep.finish()
        assert violations(sweep.life, sweep.customer) == []
