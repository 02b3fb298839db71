"""Python's own parser, as the checks ask it."""

from __future__ import annotations

import ast
import threading
import warnings

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

# Python 3.11 counts a tree's depth once for all threads, and raises SystemError when two of them build one.
# The filters of warnings are the whole process's in every version.
_ONE_AT_A_TIME = threading.Lock()


def parsed(text: str) -> ast.Module:
    """The file's tree. Raises one of `UNPARSABLE`."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
