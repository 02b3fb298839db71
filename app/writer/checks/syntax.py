"""Syntax: Python, JSON, TOML and YAML must parse, unless the old file did not either."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

import yaml

from app.domain import Finding
from app.writer.checks.python import parsed
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "syntax"
_COMMENTED_JSON = (
    "tsconfig*.json", "jsconfig*.json", ".eslintrc*", "devcontainer.json", "settings.json", "launch.json",
    "tasks.json", "extensions.json", "keybindings.json", "api-extractor*.json", "babel.config.json",
)  # fmt: skip
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BRACKET = re.compile(r"[][{}]")
_DEEPEST = 500
_TEMPLATE_MARKS = ("{{", "{%", "<%")


class _Fault(NamedTuple):
    message: str
    line: int | None


def syntax(subject: Subject) -> Finding:
    """Refuses a file that does not parse."""
    reader = _reader(subject)
    fault = reader(subject.after) if reader else None
    if reader is None or fault is None:
        return passed(_NAME)
    where = f" at line {fault.line}" if fault.line else ""
    detail = f"{subject.name} is no valid {subject.suffix.upper()}{where}: {fault.message}"
    if subject.before is not None and reader(subject.before):
        return reported(_NAME, "syntax_error", f"{detail} (nor was the old file)", fault.line)
    return refused(_NAME, "syntax_error", detail, fault.line)


def _reader(subject: Subject) -> Callable[[str], _Fault | None] | None:
    if subject.suffix == "json" and any(fnmatchcase(subject.name, pattern) for pattern in _COMMENTED_JSON):
        return None
    return _READERS.get(subject.suffix)


def _python(text: str) -> _Fault | None:
    try:
        parsed(text)
    except SyntaxError as error:
        return _Fault(error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError) as error:
        return _Fault(str(error) or type(error).__name__, None)
    return None


def _json(text: str) -> _Fault | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _Fault(error.msg, error.lineno)
    except RecursionError:
        return _Fault("it is nested too deeply", None)
    return None


def _toml(text: str) -> _Fault | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _Fault(str(error), None)
    except RecursionError:
        return _Fault("it is nested too deeply", None)
    return None


def _yaml(text: str) -> _Fault | None:
    """Reads events only: tags stay unknown and aliases unexpanded. Templates of YAML are left alone."""
    if any(mark in text for mark in _TEMPLATE_MARKS):
        return None
    if _depth(text) > _DEEPEST:  # the parser needs quadratic time there
        return _Fault("it is nested too deeply", None)
    try:
        for _ in yaml.parse(text, Loader=_YAML):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return _Fault(error.problem or "it cannot be read", mark.line + 1 if mark else None)
    except (yaml.YAMLError, RecursionError) as error:
        return _Fault(str(error).split("\n", 1)[0], None)
    return None


def _depth(text: str) -> int:
    """How deep brackets are nested, those in strings and comments counted too."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


_READERS = {
    "py": _python, "pyi": _python, "json": _json, "ipynb": _json, "webmanifest": _json, "geojson": _json,
    "toml": _toml, "yaml": _yaml, "yml": _yaml,
}  # fmt: skip
