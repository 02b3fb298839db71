"""A thousand small files are applied in less than three times what writing and syncing them costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.writer.apply import apply
from app.writer.policy import Policy
from bench.apply import FILES, FOLDERS, change, measure
from tests.crash.struck_files import StruckFiles


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_files_cost_less_than_three_times_their_writing(tmp_path: Path) -> None:
    figures = measure(tmp_path)

    assert figures["create"] < 3
    assert figures["modify"] < 3


@pytest.mark.parametrize(("again", "calls"), [(False, 6), (True, 10)], ids=["new files", "replaced files"])
def test_each_file_is_synced_once_and_costs_a_fixed_number_of_calls(
    tmp_path: Path, *, again: bool, calls: int
) -> None:
    policy = Policy(tmp_path / "ws").within("task")
    for number in range(FILES if again else 0):
        file = tmp_path / "ws/task" / change(number, again=False).path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(change(number, again=False).after or b"")
    files = StruckFiles()

    apply(
        [change(number, again=again) for number in range(FILES)],
        policy=policy,
        journal=tmp_path / "journal",
        name="one",
        fence=lambda: None,
        files=files,
    )

    assert files.log.count("sync") <= FILES + 4 * FOLDERS + 10
    assert files.calls <= calls * FILES + 20 * FOLDERS
