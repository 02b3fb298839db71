"""List items and block quotes: what a line holds once the containers around it are taken off.

A container is the width of a list item's marker in columns, or `QUOTE`.
"""

from __future__ import annotations

import re

QUOTE = 0
MAX_DEPTH = 100
"""Containers deeper than this are read as text: nobody writes them, and they would cost time squared."""

_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3}(?:[-+*]|\d{1,9}[.)]))( *)(?=( ?))")

Containers = tuple[int, ...]


def untabbed(line: str) -> str:
    """The line with the tabs of its indentation written as spaces, four columns a stop."""
    if "\t" not in line:
        return line
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].expandtabs(4) + body


def descend(line: str, containers: Containers) -> tuple[int, int]:
    """Where the line's own text starts inside `containers`, and how many of them it continues."""
    position = 0
    for depth, width in enumerate(containers):
        if width == QUOTE:
            match = _QUOTE.match(line, position)
            if match is None:
                return position, depth
            position = match.end()
        elif line.startswith(" " * width, position):
            position += width
        else:
            return position, depth
    return position, len(containers)


def enter(line: str, position: int, containers: Containers) -> tuple[int, Containers]:
    """Opens the containers whose markers stand at `position`; returns where the text starts inside them."""
    opened = list(containers)
    while len(opened) < MAX_DEPTH:
        quote = _QUOTE.match(line, position)
        if quote:
            position = quote.end()
            opened.append(QUOTE)
            continue
        item = _ITEM.match(line, position)
        if item is None or (not item.group(2) and item.end() < len(line)):
            break
        spaces = len(item.group(2))
        marker = len(item.group(1))
        width = marker + (spaces if 0 < spaces <= 4 and item.end() < len(line) else 1)  # noqa: PLR2004 -- CommonMark
        position = min(position + width, len(line))
        opened.append(width)
    return position, tuple(opened)


def survivors_of_a_blank_line(containers: Containers) -> Containers:
    """List items go on over a blank line, a block quote does not."""
    return containers[: containers.index(QUOTE)] if QUOTE in containers else containers
