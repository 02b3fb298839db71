"""The JSON schemas that every server's grammar engine understands alike, and the check of what came of them.

The portable subset: objects whose properties are all required and closed; arrays with `maxItems`; strings
with `enum`, `const` or a `maxLength` up to 1000; integers; booleans; `anyOf` of objects and null without
siblings. Nothing else is enforced everywhere, so nothing else may stand in a schema Jr sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain import JsonObject
from app.llm.errors import OutputInvalid

_ALLOWED: dict[str, frozenset[str]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties", "description"}),
    "array": frozenset({"type", "items", "minItems", "maxItems", "description"}),
    "string": frozenset({"type", "enum", "const", "minLength", "maxLength", "description"}),
    "integer": frozenset({"type", "enum", "const", "minimum", "maximum", "description"}),
    "boolean": frozenset({"type", "const", "description"}),
    "null": frozenset({"type", "description"}),
}
_LONGEST = 1000
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def portable(schema: JsonObject) -> dict[str, Any]:
    """The schema with its `$ref`s put in place and its titles, defaults and examples taken out.

    Raises ValueError for a schema that refers to itself.
    """
    whole: dict[str, Any] = _inlined(schema, schema.get("$defs", {}), ())
    return whole


def lint(schema: JsonObject, where: str = "#") -> tuple[str, ...]:
    """What keeps a schema from being portable, a sentence each; empty for a good one."""
    return tuple(_faults(schema, where))


def read_json(text: str, schema: JsonObject | None = None) -> Any:
    """The JSON value of a reply, held to a schema of the portable subset.

    A fence around it and prose before and after are allowed, a name said twice and `NaN` are not. Raises
    `OutputInvalid` with a sentence that a model can act on.
    """
    try:
        value = _decoder().raw_decode(text, _begin(text))[0]
    except (ValueError, RecursionError) as error:
        raise OutputInvalid(f"the reply is not valid JSON: {error}", text=text) from error
    wrong = next(violations(value, schema), None) if schema is not None else None
    if wrong:
        raise OutputInvalid(f"the reply does not fit its schema: {wrong}", text=text)
    return value


def violations(value: Any, schema: JsonObject, where: str = "$") -> Iterator[str]:
    """How a value differs from a schema of the portable subset, a sentence each."""
    if "anyOf" in schema:
        if all(next(violations(value, option, where), None) for option in schema["anyOf"]):
            yield f"{where} fits none of its choices"
        return
    kind = schema.get("type")
    wanted = _TYPES.get(str(kind))
    if wanted and (not isinstance(value, wanted) or (kind == "integer" and isinstance(value, bool))):
        yield f"{where} is not of type {kind}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is none of {schema['enum']!r}"
    yield from _out_of_bounds(value, schema, where)
    if isinstance(value, dict):
        yield from _object_violations(value, schema, where)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from violations(item, schema["items"], f"{where}[{index}]")


def _object_violations(value: Mapping[str, Any], schema: JsonObject, where: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where}.{name} is missing"
    for name, inner in value.items():
        if name in known:
            yield from violations(inner, known[name], f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}.{name} is not asked for"


def _out_of_bounds(value: Any, schema: JsonObject, where: str) -> Iterator[str]:
    size = value if isinstance(value, int) else len(value) if isinstance(value, str | list) else None
    if size is None:
        return
    for name in ("minimum", "minItems", "minLength"):
        if name in schema and size < schema[name]:
            yield f"{where} is below its {name} of {schema[name]}"
    for name in ("maximum", "maxItems", "maxLength"):
        if name in schema and size > schema[name]:
            yield f"{where} is above its {name} of {schema[name]}"


def _inlined(node: Any, defs: Mapping[str, Any], within: tuple[str, ...], *, names: bool = False) -> Any:
    if isinstance(node, list):
        return [_inlined(item, defs, within) for item in node]
    if not isinstance(node, Mapping):
        return node
    if not names and isinstance(node.get("$ref"), str):
        name = node["$ref"].removeprefix("#/$defs/")
        if name in within or name not in defs:
            raise ValueError(f"{name} is recursive or not defined: it cannot be put in place")
        return _inlined(defs[name], defs, (*within, name))
    dropped = frozenset() if names else frozenset({"$defs", "title", "default", "examples"})
    return {
        name: _inlined(inner, defs, within, names=not names and name == "properties")
        for name, inner in node.items()
        if name not in dropped
    }


def _faults(schema: JsonObject, where: str) -> Iterator[str]:
    if "anyOf" in schema:
        yield from _choice_faults(schema, where)
        return
    kind = str(schema.get("type"))
    if kind not in _ALLOWED:
        yield f"{where}: type {kind} is not portable"
        return
    for name in sorted(schema.keys() - _ALLOWED[kind]):
        yield f"{where}: {name} is not enforced by every server"
    if schema.get("maxLength", 0) > _LONGEST:
        yield f"{where}: maxLength above {_LONGEST} is refused by some grammars"
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{where}: an array needs maxItems, or it may never end"
        yield from _faults(schema.get("items", {}), f"{where}/items")
    if kind == "object":
        yield from _object_faults(schema, where)


def _object_faults(schema: JsonObject, where: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    if set(schema.get("required", ())) != set(properties):
        yield f"{where}: every property must be required"
    if schema.get("additionalProperties") is not False:
        yield f"{where}: additionalProperties must be false"
    for name, inner in properties.items():
        yield from _faults(inner, f"{where}/properties/{name}")


def _choice_faults(schema: JsonObject, where: str) -> Iterator[str]:
    if schema.keys() - {"anyOf", "description"}:
        yield f"{where}: anyOf must stand alone"
    for index, option in enumerate(schema["anyOf"]):
        if option.get("type") not in ("object", "null"):
            yield f"{where}/anyOf/{index}: only objects and null may be chosen from"
        yield from _faults(option, f"{where}/anyOf/{index}")


def _begin(text: str) -> int:
    """Where the JSON starts: at the first brace or bracket, past a fence and prose."""
    begun = [place for mark in "{[" if (place := text.find(mark)) >= 0]
    return min(begun, default=0)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refused)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object says a name twice")
    return value


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
