"""A cursor leads on from where it was made, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import cursor
from app.engine.errors import BadCursor
from app.task import NewTask, Progress, Status, Task

NOW = datetime(2026, 11, 22, 12, 30, 0, 123456, tzinfo=UTC)


def task(task_id: str = "t") -> Task:
    return Task(
        id=task_id,
        version=1,
        status=Status.QUEUED,
        new=NewTask(instruction=""),
        title="",
        workspace="",
        progress=Progress(),
        created_at=NOW,
    )


@given(st.sampled_from([None, *Status]), st.none() | st.text(st.characters(exclude_categories=["Cs"])))
def test_it_is_read_with_the_filters_it_was_made_with(status: Status | None, workspace: str | None) -> None:
    text = cursor.write(task("x"), status, workspace)
    assert cursor.read(text, status, workspace) == (NOW, "x")
    with pytest.raises(BadCursor):
        cursor.read(text, status, f"{workspace}!")


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        cursor.read(text, None, None)


def test_no_cursor_is_the_first_page() -> None:
    assert cursor.read(None, None, None) is None
