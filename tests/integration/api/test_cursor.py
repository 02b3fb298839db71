"""Page tokens: what a listing made it reads, and nothing else goes any further than to a refusal."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import cursor
from app.engine.errors import BadCursor
from app.task import Status

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=8,
)
TIMES = st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", ""])


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


LIKE_OURS = st.tuples(TIMES, st.text(), st.none(), st.none())


@given(st.text(max_size=60) | (JSON | LIKE_OURS).map(encoded))
def test_any_other_token_is_refused(token: str) -> None:
    try:
        found = cursor.read(token, None, None)
    except BadCursor:
        return
    assert found is not None
    assert found[0].tzinfo is not None
    assert found[1].isalnum()


@pytest.mark.parametrize(
    "token",
    [
        encoded(["2026-01-01T00:00:00+00:00", "\0", None, None]),
        encoded(["2026-01-01T00:00:00+00:00", "\ud800", None, None]),
        encoded(["0001-01-01T00:00:00+23:59", "a", None, None]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("="),
    ],
    ids=["NUL", "half a surrogate pair", "before all time", "deep"],
)
def test_a_token_that_would_break_a_database_is_refused(token: str) -> None:
    with pytest.raises(BadCursor):
        cursor.read(token, None, None)


def test_a_token_is_of_use_with_its_own_filters_alone() -> None:
    token = encoded(["2026-01-01T00:00:00+00:00", "a", "failed", None])

    assert cursor.read(token, Status.FAILED, None) == (datetime(2026, 1, 1, tzinfo=UTC), "a")
    with pytest.raises(BadCursor):
        cursor.read(token, None, None)
