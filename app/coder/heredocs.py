"""Heredocs: files that a shell block of a reply writes with `cat` or `tee`."""

from __future__ import annotations

import re

from app.coder.pathlike import as_path

_LINE = re.compile(
    r"^[ \t]*+(?:sudo )?(cat|tee)\b([^<\n]{0,300})<<(-?)[ \t]*(['\"]?)([A-Za-z_]\w{0,40})\4([^\n]{0,300})$",
    re.MULTILINE,
)
_INTO = re.compile(r"(?<!>)>[ \t]*(\"[^\"]+\"|'[^']+'|[^\s>|&;]+)")
_TEE = re.compile(r"[ \t]+([^\s>|&;-][^\s>|&;]*)")
_EXPANDED = re.compile(r"[$`\\]")


def heredocs(text: str) -> list[tuple[str, str]]:
    """Path and contents of each file written whole; what the shell would expand or append to is left out."""
    found: list[tuple[str, str]] = []
    at = 0
    while line := _LINE.search(text, at):
        end = re.compile(rf"^\t*+{line[5]}[ \t]*$", re.MULTILINE).search(text, line.end())
        if end is None:
            break
        at = end.end()
        path, contents = _target(line), text[line.end() + 1 : end.start()]
        if path and not line[3] and (line[4] or not _EXPANDED.search(contents)):
            found.append((path, contents))
    return found


def _target(line: re.Match[str]) -> str | None:
    rest = line[2] + line[6]
    into = _TEE.match(rest) if line[1] == "tee" else _INTO.search(rest)
    return as_path(into[1], labelled=True) if into and ">>" not in rest else None
