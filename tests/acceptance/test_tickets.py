"""The main job on a real model: small tickets get their files, at the right paths, and none extra."""

from __future__ import annotations

import pytest
from rich.console import Console

from bench.tickets import TICKETS, report, run

pytestmark = [pytest.mark.weights, pytest.mark.slow, pytest.mark.timeout(1200)]
MOSTLY = 7


def test_ten_of_ten_tickets_get_their_files_and_none_extra(running):
    outcomes = run(running.service, running.workspaces)
    report(Console(width=120), outcomes)
    assert len(outcomes) == len(TICKETS) == 10
    assert [one.name for one in outcomes if not one.right_paths or one.wrong] == []
    assert {one.mode for one in outcomes} == {"dual_model"}
    assert sum(one.works for one in outcomes) >= MOSTLY
