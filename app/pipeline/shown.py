"""What the coder is shown of an existing file: all of it, or the stated part that fits the budget."""

from __future__ import annotations

from app.coder.prompt import Shown

BUDGET_BYTES = 48_000
"""About 14,000 tokens: room for an instruction and a reply beside it in a 32 k window."""


def shown_whole(path: str, data: bytes) -> Shown:
    """The file as text, however long: for a reader that slices it by itself."""
    return Shown(path=path, text=data.decode(errors="replace"))


def shown_file(path: str, data: bytes) -> Shown:
    """The file as text; a longer one shows its head and tail and says which lines are left out."""
    whole = shown_whole(path, data)
    if len(data) <= BUDGET_BYTES:
        return whole
    lines = whole.text.splitlines(keepends=True)
    head, size = 0, 0
    while head < len(lines) and size + len(lines[head]) <= BUDGET_BYTES // 2:
        size += len(lines[head])
        head += 1
    tail = len(lines)
    while tail > head and size + len(lines[tail - 1]) <= BUDGET_BYTES:
        tail -= 1
        size += len(lines[tail])
    note = f"lines 1-{head} and {tail + 1}-{len(lines)} of {len(lines)}"
    return Shown(path=path, text="".join(lines[:head] + lines[tail:]), note=note)
