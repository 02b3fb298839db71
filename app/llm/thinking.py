"""Keeps a model's thinking apart from its answer where the server left both in one text."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


def split_thinking(text: str) -> tuple[str, str]:
    """(thinking, answer). A tag within code or JSON is the answer's own and stays where it is."""
    thought: list[str] = []
    rest = text
    while True:
        body = rest.lstrip()
        if body.startswith(_OPEN):
            inside, closed, after = body.removeprefix(_OPEN).partition(_CLOSE)
            thought.append(inside)
            if not closed:
                return "\n".join(thought).strip(), ""
        elif (end := _early_close(rest)) >= 0:
            thought.append(rest[:end])
            after = rest[end + len(_CLOSE) :]
        else:
            return "\n".join(thought).strip(), rest if not thought else rest.lstrip()
        rest = after


def _early_close(text: str) -> int:
    """Where a closing tag stands before any code or JSON: its opener was written by the template."""
    end = text.find(_CLOSE)
    begun = [place for mark in ("```", "{", "[") if (place := text.find(mark)) >= 0]
    return end if end >= 0 and all(end < place for place in begun) else -1
