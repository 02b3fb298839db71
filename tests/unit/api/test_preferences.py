from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.preferences import MAX_WAIT_S, wait_s, wants_event_stream


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ([], None),
        (["wait=5"], 5),
        (["respond-async, wait=5"], 5),
        (["respond-async", "WAIT=5"], 5),
        (['wait="5"'], 5),
        (["wait=5; x=1"], 5),
        (["wait=0"], 0),
        (["wait=999"], MAX_WAIT_S),
        (["wait=-1"], None),
        (["wait=soon"], None),
        (["wait=٣"], None),
        (["await=5"], None),
        (["wait=" + "9" * 5000], None),
    ],
)
def test_the_wait_a_caller_prefers(prefer: list[str], seconds: int | None) -> None:
    assert wait_s(prefer) == seconds


@given(st.lists(st.text(max_size=50), max_size=4))
def test_no_preference_breaks_it(prefer: list[str]) -> None:
    assert (wait_s(prefer) or 0) in range(MAX_WAIT_S + 1)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("text/event-stream", True),
        ("Text/Event-Stream; q=0.5", True),
        ("application/json, text/event-stream", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream; q=0.00", False),
        ("text/event-stream;q=0.01", True),
    ],
)
def test_a_stream_is_given_to_whoever_names_it(accept: str | None, *, wanted: bool) -> None:
    assert wants_event_stream(accept) is wanted
