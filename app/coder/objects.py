"""Objects: files that a reply gives as JSON, in the manner of tool calls and structured outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.coder.pathlike import as_path

_PATHS = ("path", "file_path", "filepath", "filePath", "filename", "file_name", "file")
_CONTENTS = ("content", "contents", "file_text", "file_content", "text", "code")
_CALL = ("<tool_call>", "</tool_call>")
_DEEPEST = 6


def objects(text: str) -> list[tuple[str, str]]:
    """Path and contents of each file in a JSON value or in tool calls; none where the text is neither."""
    return [file for value in _values(text.strip()) for file in _files(value, _DEEPEST)]


def _values(text: str) -> Iterator[Any]:
    opener, closer = _CALL
    parts = text.split(opener)[1:] if text.startswith(opener) else [text]
    for part in parts:
        value = _read(part.partition(closer)[0].strip())
        if value is not None:
            yield value


def _read(text: str) -> Any:
    if not (text.startswith(("{", "[")) and text.endswith(("}", "]"))):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _files(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and depth:
        for item in value:
            yield from _files(item, depth - 1)
    if not isinstance(value, dict) or not depth:
        return
    path = next((value[key] for key in _PATHS if isinstance(value.get(key), str)), "")
    contents = next((value[key] for key in _CONTENTS if isinstance(value.get(key), str)), None)
    known = as_path(path, labelled=True)
    if known and contents is not None:
        yield known, contents if not contents or contents.endswith("\n") else contents + "\n"
        return
    for key, inner in value.items():
        read = _read(inner.strip()) if key == "arguments" and isinstance(inner, str) else inner
        yield from _files(read, depth - 1)
