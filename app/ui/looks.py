"""How values look on a page: templates, sizes, times, durations, the colours of a diff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

_KIB = 1024
_DIFF_CLASSES = {"+++": "head", "---": "head", "@@ ": "hunk", "+": "added", "-": "removed"}


def size(count: int | None) -> str:
    """Bytes, for people."""
    if count is None:
        return "-"
    if count < _KIB:
        return f"{count} B"
    if count < _KIB**2:
        return f"{count / _KIB:.1f} KiB"
    return f"{count / _KIB**2:.1f} MiB"


def moment(at: datetime | None) -> str:
    """A time, to the second, in UTC."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def span(start: datetime | None, end: datetime | None) -> str:
    """The time between two moments."""
    return "-" if start is None or end is None else duration((end - start) / timedelta(milliseconds=1))


def duration(milliseconds: float) -> str:
    """A duration, for people."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 -- a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def diff_lines(diff: str) -> Iterator[tuple[str, str]]:
    """Each line of a unified diff with the class of its colour."""
    for line in diff.splitlines():
        yield next((name for mark, name in _DIFF_CLASSES.items() if line.startswith(mark)), ""), line


def escaped(path: str) -> str:
    """A file's path as one part of a URL: absolute and relative ones stay apart."""
    return quote(path, safe="")


_environment = Environment(
    loader=PackageLoader("app.ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "size": size,
    "moment": moment,
    "duration": duration,
    "diff_lines": diff_lines,
    "escaped": escaped,
}
_environment.globals["span"] = span


def render(template: str, **facts: Any) -> str:
    """The page `template` with these facts, all of them escaped."""
    return _environment.get_template(template).render(**facts)
