from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.ui.looks import diff_lines, duration, escaped, moment, size, span


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (3 * 1024**2, "3.0 MiB"),
    ],
)
def test_sizes_for_people(count: int | None, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (59_900, "59.9 s"),
        (60_000, "1 min 0 s"),
        (125_400, "2 min 5 s"),
    ],
)
def test_durations_for_people(milliseconds: float, shown: str) -> None:
    assert duration(milliseconds) == shown


def test_a_span_needs_both_ends() -> None:
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert span(start, start + timedelta(seconds=2)) == "2.0 s"
    assert span(None, start) == span(start, None) == "-"
    assert (moment(start), moment(None)) == ("2026-01-02 03:04:05 UTC", "-")


def test_each_line_of_a_diff_has_its_colour() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"

    assert [kind for kind, _ in diff_lines(diff)] == ["head", "head", "hunk", "removed", "added", ""]


def test_an_absolute_path_is_one_part_of_a_url() -> None:
    assert escaped("/tmp/a b?.py") == "%2Ftmp%2Fa%20b%3F.py"
