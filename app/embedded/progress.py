"""Progress on a person's screen: bars on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

Report = Callable[[str, int, int], None]
"""Told what is being done, how many bytes are done, and of how many; done == total ends it."""

PLAIN_STEPS = 4


@contextmanager
def shown(console: Console | None = None) -> Iterator[Report]:
    """A Report that draws on the console (standard error when none is given) until the block ends."""
    console = console or Console(stderr=True)
    if console.is_terminal:
        with _bars(console) as report:
            yield report
    else:
        yield _lines(console)


@contextmanager
def _bars(console: Console) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    progress = Progress(*columns, console=console)
    bars: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in bars:
            bars[what] = progress.add_task(what, total=total)
            progress.start()
        progress.update(bars[what], completed=done)
        if progress.finished:
            progress.stop()  # the screen is the caller's again until there is more to tell

    try:
        yield report
    finally:
        if progress.live.is_started:  # a dumb terminal gets a line at each stop
            progress.stop()


def _lines(console: Console) -> Report:
    """A line at every quarter."""
    told: dict[str, int] = {}

    def report(what: str, done: int, total: int) -> None:
        quarter = PLAIN_STEPS * done // max(total, 1)
        if told.get(what) != quarter:
            told[what] = quarter
            console.print(f"{what}: {done / 1e6:.0f} of {total / 1e6:.0f} MB", highlight=False)

    return report
