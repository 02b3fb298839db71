"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from app.embedded.progress import shown


def test_elsewhere_than_on_a_terminal_a_line_comes_at_every_quarter():
    text = io.StringIO()
    with shown(Console(file=text, force_terminal=False)) as report:
        for done in range(0, 101, 5):
            report("load", done * 1_000_000, 100_000_000)
    assert text.getvalue().splitlines() == [f"load: {n} of 100 MB" for n in (0, 25, 50, 75, 100)]


def test_on_a_terminal_there_is_a_bar_and_the_screen_is_free_once_it_is_full():
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100)
    with shown(console) as report:
        report("load", 50, 100)
        report("load", 100, 100)
        drawn = text.getvalue()
        console.print("served")
    assert "load" in drawn
    assert "100/100 bytes" in drawn
    assert text.getvalue().endswith("served\n")
