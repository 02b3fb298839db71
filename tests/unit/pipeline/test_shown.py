"""An existing file is shown whole, or as the stated lines the task is about."""

from __future__ import annotations

from app.pipeline.shown import BUDGET_BYTES, shown_file


def test_a_file_within_the_budget_is_shown_whole():
    shown = shown_file("a.py", b"x = 1\n", "anything")

    assert (shown.text, shown.note) == ("x = 1\n", "")


def test_of_a_long_file_the_lines_around_the_hint_are_shown_and_named():
    lines = [f"value_{n} = {n}  # {'.' * 60}\n" for n in range(3000)]
    lines[2000] = "def wanted_function():\n"

    shown = shown_file("a.py", "".join(lines).encode(), "Change `wanted_function` so that it logs.")

    assert "def wanted_function():" in shown.text
    assert len(shown.text.encode()) <= BUDGET_BYTES
    first, last = (int(n) for n in shown.note.removeprefix("lines ").split(" ")[0].split("-"))
    assert shown.text == "".join(lines[first - 1 : last])
