"""Looks: what a block's own lines say about it: commands, a drawing, a whole file or a snippet of one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.instruction.cues import CHANGE
from app.instruction.languages import extension

_SHELL_WORDS = frozenset(
    [
        "sudo",
        "pip",
        "pip3",
        "python",
        "python3",
        "cd",
        "ls",
        "cp",
        "mv",
        "rm",
        "mkdir",
        "chmod",
        "chown",
        "curl",
        "wget",
        "git",
        "npm",
        "npx",
        "docker",
        "systemctl",
        "journalctl",
        "psql",
        "ssh",
        "scp",
        "rsync",
        "cat",
        "echo",
        "export",
        "source",
        "apt",
        "apt-get",
        "brew",
        "make",
        "pytest",
        "kill",
        "ps",
        "grep",
        "tail",
        "head",
        "touch",
        "node",
        "yarn",
        "uv",
        "crontab",
        "nohup",
        "bash",
        "sh",
        "$",
        "./",
        "which",
        "service",
        "tee",
    ]
)


def looks_like_commands(lines: Sequence[str]) -> bool:
    """True where the first line that is no comment starts with a shell command."""
    first = next((line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    word = first.split(maxsplit=1)[0] if first else ""
    return word in _SHELL_WORDS or word.startswith("./") or first.startswith("$ ")


def has_shebang(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0].startswith("#!")


_DRAWING = re.compile(r"[─-╿→←↓↑▼▲►◄]|\+-{2,}|-->|\|--")


def looks_drawn(lines: Sequence[str]) -> bool:
    """True for trees, boxes and arrows."""
    return any(_DRAWING.search(line) for line in lines[:60])


_CODE = frozenset(
    [
        "py",
        "js",
        "ts",
        "tsx",
        "jsx",
        "mjs",
        "go",
        "rs",
        "java",
        "kt",
        "c",
        "cpp",
        "cc",
        "h",
        "hpp",
        "cs",
        "rb",
        "php",
        "swift",
        "vue",
        "svelte",
    ]
)
_STATEMENT = re.compile(
    r"\s*(?:(?:async\s+)?def|class|import|from\s+\S+\s+import|const|let|var|function|return|export|public|private|"
    r"static|fn|func|package|#include|use|using|namespace|module|require|if|for|while|try)\b"
)


def could_be(path: str, lines: Sequence[str]) -> bool:
    """False where a block without a language is a drawing, or no code although the path wants code."""
    if looks_drawn(lines):
        return False
    return extension(path) not in _CODE or any(_STATEMENT.match(line) for line in lines[:200])


_STRONG_START = re.compile(
    r"^(?:#!|r?\"\"\"|r?\'\'\'|<!DOCTYPE|<\?|<html|package\s|#include|#pragma|(?-i:FROM\s)|<template|<script|"
    r"\'use |\"use |"
    r"from\s+__future__|syntax\s*=)",
    re.IGNORECASE,
)
_IMPORT = re.compile(
    r"^(?:import\b|from\s+\S+\s+import\b|use\s|const\s.*require\(|require|using\s|mod\s|@import|"
    r"export\s.*\sfrom\b)"
)
_REMARK = re.compile(r"^(?:#|//|/\*|--|<!--)")
_INSIDE = re.compile(
    r"^(?:@|elif\b|else\b|return\b|await\b|self\.|if\b|for\b|try:|except\b|\)|\}|with\b|raise\b|app\.|"
    r"router\.)"
)


def whole_file_score(path: str, lines: Sequence[str]) -> int:
    """How much a block looks like a whole file (positive) or like a snippet of one (negative)."""
    written = [line for line in lines if line.strip()]
    if not written:
        return 1
    first = written[0]
    code = extension(path) in _CODE
    if first[0] in " \t":
        return -4
    score = 0 if code else 1
    if _STRONG_START.match(first):
        score += 3
    elif _IMPORT.match(first):
        score += 2 if any(not _IMPORT.match(line) and line[0] not in " \t)}" for line in written) else -2
    elif _REMARK.match(first):
        score += -3 if CHANGE.search(first) else 1
    elif code and _INSIDE.match(first):
        score -= 2
    return score + (len(written) >= LONG)


LONG = 25
"""Lines; snippets are seldom longer."""
