"""The portable subset of JSON schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.llm.schema import lint, portable
from app.pm.schema import wire_schema

UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


STEP = closed(id={"type": "integer", "minimum": 1}, kind={"type": "string", "enum": ["a", "b"]})
PLAN = closed(
    title={"type": "string", "maxLength": 80}, steps={"type": "array", "items": STEP, "maxItems": 3}
)


def test_a_portable_schema_has_no_faults() -> None:
    assert lint(PLAN) == ()


@pytest.mark.parametrize(("schema", "fault"), [
    ({"type": "string", "pattern": "^a$"}, "pattern"),
    ({"type": "string", "format": "uri"}, "format"),
    ({"type": "string", "maxLength": 5000}, "maxLength"),
    ({"type": "array", "items": {"type": "string"}}, "maxItems"),
    ({"type": "number"}, "type number"),
    ({"type": ["string", "null"]}, "not portable"),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}, "required"),
    ({"type": "object", "properties": {}, "required": []}, "additionalProperties"),
    ({"allOf": [{"type": "string"}]}, "not portable"),
    ({"anyOf": [{"type": "string"}]}, "only objects and null"),
    ({"anyOf": [{"type": "null"}], "type": "object"}, "stand alone"),
    ({"$ref": "#/$defs/A"}, "not portable"),
])  # fmt: skip
def test_what_is_not_enforced_everywhere_is_a_fault(schema: dict[str, Any], fault: str) -> None:
    assert any(fault in sentence for sentence in lint(closed(x=schema))), lint(closed(x=schema))


def test_references_are_put_in_place_and_titles_taken_out() -> None:
    schema = {
        "title": "Plan",
        "$defs": {"Step": {**STEP, "title": "Step"}},
        **closed(title={"type": "string", "title": "Title"}, step={"$ref": "#/$defs/Step"}),
    }
    assert portable(schema) == closed(title={"type": "string"}, step=STEP)


def test_a_schema_that_holds_itself_cannot_be_put_in_place() -> None:
    with pytest.raises(ValueError, match="recursive"):
        portable({"$defs": {"A": closed(a={"$ref": "#/$defs/A"})}, "$ref": "#/$defs/A"})


def test_what_the_planner_is_held_to_is_portable() -> None:
    for paths in ((), ("/tmp/a.py", "/tmp/b.py")):
        assert lint(portable(wire_schema(paths))) == ()


SCALARS: st.SearchStrategy[dict[str, Any]] = st.sampled_from([
    {"type": "string", "maxLength": 9}, {"type": "integer"}, {"type": "boolean"}, {"type": "null"},
    {"type": "string", "enum": ["x", "y"]}, {"type": "string", "const": "z"},
])  # fmt: skip
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda named: closed(**named))
        | inner.map(lambda items: {"type": "array", "items": items, "maxItems": 4})
    ),
    max_leaves=6,
)


@UNHURRIED
@given(SCHEMAS)
def test_a_portable_schema_is_its_own_portable_form(schema: dict[str, Any]) -> None:
    whole = closed(value=schema)
    assert lint(whole) == ()
    assert portable(whole) == whole
