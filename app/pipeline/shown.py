"""What the coder is shown of an existing file: all of it, or the stated part that fits the budget."""

from __future__ import annotations

from app.coder.locate import region
from app.coder.prompt import Shown

BUDGET_BYTES = 48_000
"""About 14,000 tokens: room for an instruction and a reply beside it in a 32 k window."""


def shown_whole(path: str, data: bytes) -> Shown:
    """The file as text, however long: for a reader that slices it by itself."""
    return Shown(path=path, text=data.decode(errors="replace"))


def shown_file(path: str, data: bytes, hint: str) -> Shown:
    """The file as text; of a longer one the lines around what the hint speaks of, and which they are."""
    whole = shown_whole(path, data)
    part = region(whole.text, hint, BUDGET_BYTES)
    if part.whole:
        return whole
    count = whole.text.count("\n") + 1
    return Shown(path=path, text=part.text, note=f"lines {part.start_line}-{part.end_line} of {count}")
