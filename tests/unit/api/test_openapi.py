"""The OpenAPI document: committed as it is, complete, and free of what misleads generated clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from app.api.problems import MEDIA_TYPE
from app.api.views import TaskView
from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).parents[3]
METHODS = {"get", "post", "put", "patch", "delete"}
INPUTS = {"NewTaskBody", "CheckBody"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(_env_file=None)).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


def test_the_committed_document_is_the_routes(document: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))

    assert committed == document, "run scripts/openapi and commit openapi.json"


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_is_named_after_what_it_does(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]

    assert len(names) == len(set(names))
    assert {"create_task", "get_task", "list_tasks", "list_events", "check_instruction"} <= set(names)


def test_every_operation_says_what_it_is_and_how_it_fails(document: dict[str, Any]) -> None:
    known = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation["summary"], name
        assert set(operation["tags"]) <= known, name
        assert all(answer["description"] for answer in operation["responses"].values()), name
        failures = {status for status in operation["responses"] if status >= "400" and status != "503"}
        assert failures, name
        for status in failures:
            assert list(operation["responses"][status]["content"]) == [MEDIA_TYPE], (name, status)


def test_every_parameter_and_field_is_described(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (name, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), (name, field)


def test_no_answer_has_defaults_so_that_clients_see_every_member(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        if name in INPUTS | {"ProblemView"}:
            continue
        properties = schema.get("properties", {})
        assert not [field for field, described in properties.items() if "default" in described], name
        assert set(schema.get("required", ())) == set(properties), name


def test_no_url_leads_outside(document: dict[str, Any]) -> None:
    text = json.dumps(document)

    assert "https://" not in text
    assert not [
        part for part in text.split("http://")[1:] if not part.startswith(("127.0.0.1", "ci.internal"))
    ]


def test_a_fallback_is_from_one_to_another() -> None:
    schema = TaskView.model_json_schema(mode="serialization")

    assert {"from", "to", "code", "detail"} == set(schema["$defs"]["FallbackView"]["properties"])
