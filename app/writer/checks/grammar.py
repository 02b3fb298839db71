"""Grammar: an ERROR node of the language's tree-sitter grammar that the old file had not."""

from __future__ import annotations

from typing import cast

from tree_sitter import Node
from tree_sitter_language_pack import SupportedLanguage, get_parser

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "grammar"
_LARGEST = 1_000_000
_TEMPLATE_MARK = "{%"
_SUFFIXES = {
    "bash": "sh bash", "c": "c h", "cpp": "cpp cc cxx hpp hh", "csharp": "cs", "css": "css", "dart": "dart",
    "elixir": "ex exs", "go": "go", "graphql": "graphql gql", "haskell": "hs", "hcl": "tf hcl",
    "html": "html htm", "java": "java", "javascript": "js mjs cjs jsx", "kotlin": "kt kts", "lua": "lua",
    "php": "php", "proto": "proto", "r": "r", "ruby": "rb", "rust": "rs", "scala": "scala", "scss": "scss",
    "sql": "sql", "swift": "swift", "tsx": "tsx", "typescript": "ts mts cts", "vue": "vue",
    "xml": "xml svg", "zig": "zig",
}  # fmt: skip
_GRAMMARS = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_NAMED = {"Dockerfile": "dockerfile", "Makefile": "make"}
_TRUSTED = frozenset(("go", "java", "javascript", "lua", "php", "ruby", "rust"))
"""Grammars that take practically every real file for right; the others only report."""
_TYPED = frozenset(("typescript", "tsx", "css", "scss"))
"""Grammars that misread some real code: their errors count where the brackets do not pair."""
_BRACKETS = {"(": 1, ")": -1, "[": 1, "]": -1, "{": 1, "}": -1}


def grammar(subject: Subject) -> Finding:
    """Refuses an ERROR of a trusted grammar; reports one of the others."""
    language = _NAMED.get(subject.name) or _GRAMMARS.get(subject.suffix)
    readable = language and len(subject.after) <= _LARGEST and _TEMPLATE_MARK not in subject.after
    root = _errors(language, subject.after) if language and readable else None
    if language is None or root is None:
        return passed(_NAME)
    line = _first_error(root).start_point[0] + 1
    detail = (
        f"{subject.name} is no valid {language} at line {line}: `{subject.lines[line - 1].strip()[:120]}`"
    )
    sure = language in _TRUSTED or (language in _TYPED and not _pairs(root))
    old_too = subject.before is not None and _errors(language, subject.before) is not None
    return (refused if sure and not old_too else reported)(_NAME, "syntax_error", detail, line)


def _errors(language: str, text: str) -> Node | None:
    """The root of a text that the grammar does not take, None for one that it takes."""
    root = get_parser(cast(SupportedLanguage, language)).parse(text.encode()).root_node
    return root if root.has_error else None


def _first_error(node: Node) -> Node:
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node


def _pairs(root: Node) -> bool:
    """True where as many brackets close as open, those in strings and comments left out."""
    depth, pending = 0, [root]
    while pending:
        node = pending.pop()
        depth += 0 if node.is_missing else _BRACKETS.get(node.type, 0)
        pending.extend(node.children)
    return depth == 0
