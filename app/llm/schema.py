"""The JSON schemas that every server's grammar engine understands alike.

The portable subset: objects whose properties are all required and closed; arrays with `maxItems`; strings
with `enum`, `const` or a `maxLength` up to 1000; integers; booleans; `anyOf` of objects and null without
siblings. Nothing else is enforced everywhere, so nothing else may stand in a schema Jr sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain import JsonObject

_ALLOWED: dict[str, frozenset[str]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties", "description"}),
    "array": frozenset({"type", "items", "minItems", "maxItems", "description"}),
    "string": frozenset({"type", "enum", "const", "minLength", "maxLength", "description"}),
    "integer": frozenset({"type", "enum", "const", "minimum", "maximum", "description"}),
    "boolean": frozenset({"type", "const", "description"}),
    "null": frozenset({"type", "description"}),
}
_LONGEST = 1000


def portable(schema: JsonObject) -> dict[str, Any]:
    """The schema with its `$ref`s put in place and its titles, defaults and examples taken out.

    Raises ValueError for a schema that refers to itself.
    """
    whole: dict[str, Any] = _inlined(schema, schema.get("$defs", {}), ())
    return whole


def lint(schema: JsonObject, where: str = "#") -> tuple[str, ...]:
    """What keeps a schema from being portable, a sentence each; empty for a good one."""
    return tuple(_faults(schema, where))


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
