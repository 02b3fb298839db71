"""Takes the power from control tokens that stand in a prompt as text, and gives the text back.

A server's tokeniser reads `<|im_start|>` in a user's text as the real thing. A zero-width space after `<`
makes it plain text; a model that repeats it gets the space removed again, so no file ever holds it.
"""

from __future__ import annotations

import re

_LIVE = re.compile(r"<\|(?=[A-Za-z_]\w*\|>)")
_INERT = re.compile("<\u200b\\|(?=[A-Za-z_]\\w*\\|>)")


def neutralise(text: str) -> str:
    """The prompt with every `<|name|>` made plain text."""
    return _LIVE.sub("<\u200b|", text) if "<|" in text else text


def restore(text: str) -> str:
    """A reply with every neutralised `<|name|>` as the user wrote it."""
    return _INERT.sub("<|", text) if "<\u200b|" in text else text
