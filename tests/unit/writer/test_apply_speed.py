"""A thousand small files are applied in less than three times what writing and syncing them costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.apply import measure


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_files_cost_less_than_three_times_their_writing(tmp_path: Path) -> None:
    figures = measure(tmp_path, 3)

    assert figures["create"] < 3
    assert figures["modify"] < 3
