"""Grammar: an ERROR node of the language's tree-sitter grammar that the old file had not."""

from __future__ import annotations

from typing import cast

from tree_sitter import Node
from tree_sitter_language_pack import SupportedLanguage, get_parser

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "grammar"
_LARGEST = 1_000_000
_GRAMMARS = {
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript", "ts": "typescript",
    "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go", "rs": "rust", "java": "java", "rb": "ruby",
    "php": "php", "sh": "bash", "bash": "bash", "css": "css", "scss": "scss", "html": "html", "htm": "html", "c": "c",
    "h": "c", "cpp": "cpp", "cc": "cpp", "hpp": "cpp", "cs": "csharp", "kt": "kotlin", "swift": "swift", "lua": "lua",
    "sql": "sql", "xml": "xml", "svg": "xml", "proto": "proto", "tf": "hcl", "hcl": "hcl", "r": "r", "scala": "scala",
    "dart": "dart", "vue": "vue", "graphql": "graphql", "zig": "zig", "hs": "haskell", "ex": "elixir", "exs": "elixir",
}  # fmt: skip
_NAMED = {"Dockerfile": "dockerfile", "Makefile": "make"}
_TRUSTED = frozenset(("javascript", "typescript", "tsx", "go", "rust", "java", "css", "ruby", "php", "lua"))
"""Grammars that take practically every real file for right; the others only report."""


def grammar(subject: Subject) -> Finding:
    """Refuses an ERROR of a trusted grammar; reports one of the others."""
    language = _NAMED.get(subject.name) or _GRAMMARS.get(subject.suffix)
    if language is None or len(subject.after) > _LARGEST:
        return passed(_NAME)
    line = _error_line(language, subject.after)
    if line is None:
        return passed(_NAME)
    detail = (
        f"{subject.name} is no valid {language} at line {line}: `{subject.lines[line - 1].strip()[:120]}`"
    )
    old_too = subject.before is not None and _error_line(language, subject.before) is not None
    answer = refused if language in _TRUSTED and not old_too else reported
    return answer(_NAME, "syntax_error", detail, line)


def _error_line(language: str, text: str) -> int | None:
    """The 1-based line of the first ERROR or missing node, None where the grammar takes all of the text."""
    root = get_parser(cast(SupportedLanguage, language)).parse(text.encode()).root_node
    return _first_error(root).start_point[0] + 1 if root.has_error else None


def _first_error(node: Node) -> Node:
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node
