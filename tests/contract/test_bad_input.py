"""Bad input: a problem that points at what is wrong, and nothing stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.serving import Service

MIB = 1024 * 1024
JSON = "application/json"
MARKDOWN = "text/markdown"


def body(**fields: Any) -> bytes:
    return json.dumps({"instruction": "Create a file.", **fields}).encode()


CASES = {
    "an empty object": (JSON, b"{}", 422, "/instruction"),
    "an empty instruction": (JSON, b'{"instruction": ""}', 422, "/instruction"),
    "an empty body": (JSON, b"", 400, ""),
    "an empty markdown body": (MARKDOWN, b"", 422, "/instruction"),
    "an instruction over 1 MiB": (JSON, body(instruction="x" * (MIB + 1)), 422, "/instruction"),
    "an instruction over 1 MiB in bytes": (JSON, body(instruction="é" * (MIB // 2 + 1)), 422, "/instruction"),
    "markdown over 1 MiB": (MARKDOWN, b"x" * (MIB + 1), 413, ""),
    "a body over the limit": (JSON, b" " * (8 * MIB + 1), 413, ""),
    "no UTF-8 in JSON": (JSON, b'{"instruction": "\xff"}', 400, ""),
    "no UTF-8 in markdown": (MARKDOWN, b"\xff\xfe", 400, "/instruction"),
    "half a surrogate pair": (JSON, rb'{"instruction": "\ud800"}', 400, ""),
    "NUL": (JSON, rb'{"instruction": "a\u0000b"}', 422, "/instruction"),
    "NUL in markdown": (MARKDOWN, b"a\0b", 422, "/instruction"),
    "an unknown field": (JSON, body(instrucktion="x"), 422, "/instrucktion"),
    "an unknown field with a slash": (JSON, body(**{"a/b~c": 1}), 422, "/a~1b~0c"),
    "a number as instruction": (JSON, b'{"instruction": 7}', 422, "/instruction"),
    "null as instruction": (JSON, b'{"instruction": null}', 422, "/instruction"),
    "a list as body": (JSON, b"[]", 422, ""),
    "half an object": (JSON, b'{"instruction": "x"', 400, ""),
    "deep nesting": (JSON, body()[:-1] + b', "metadata": ' + b'{"a":' * 3000 + b"1" + b"}" * 3001, 400, ""),
    "a number beyond all bounds": (JSON, body()[:-1] + b', "priority": ' + b"9" * 5000 + b"}", 400, ""),
    "an unknown mode": (JSON, body(mode="fast"), 422, "/mode"),
    "an unknown approval": (JSON, body(approval=True), 422, "/approval"),
    "a title of two lines": (JSON, body(title="a\nb"), 422, "/title"),
    "a long title": (JSON, body(title="x" * 201), 422, "/title"),
    "a workspace that climbs": (JSON, body(workspace="../x"), 422, "/workspace"),
    "a workspace that climbs later": (JSON, body(workspace="a/../../x"), 422, "/workspace"),
    "an absolute workspace": (JSON, body(workspace="/etc"), 422, "/workspace"),
    "a workspace inside .git": (JSON, body(workspace="a/.git"), 422, "/workspace"),
    "the journal as workspace": (JSON, body(workspace=".jr"), 422, "/workspace"),
    "a text as flag": (JSON, body(run_checks="yes"), 422, "/run_checks"),
    "a nameless check": (JSON, body(checks=[{"run": "true"}]), 422, "/checks/0/name"),
    "a check of no time": (JSON, body(checks=[{"name": "a", "timeout_s": 0}]), 422, "/checks/0/timeout_s"),
    "a text as priority": (JSON, body(priority="1"), 422, "/priority"),
    "metadata that is no object": (JSON, body(metadata=[]), 422, "/metadata"),
    "metadata too large": (JSON, body(metadata={"a": "x" * 20000}), 422, "/metadata"),
    "NUL in metadata": (JSON, body(metadata={"a\0": 1}), 422, "/metadata"),
    "NaN in metadata": (JSON, body()[:-1] + b', "metadata": {"a": NaN}}', 422, "/metadata"),
    "a deadline of no time": (JSON, body(deadline_s=0), 422, "/deadline_s"),
    "a callback to a file": (JSON, body(callback_url="file:///etc/passwd"), 422, "/callback_url"),
    "a callback with a password": (JSON, body(callback_url="http://a:b@c/"), 422, "/callback_url"),
    "a form": ("application/x-www-form-urlencoded", b"instruction=x", 415, None),
    "plain text": ("text/plain", b"Create a file.", 415, None),
    "another charset": ("text/markdown; charset=latin-1", b"Create a file.", 415, None),
    "no media type": ("", b"Create a file.", 415, None),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/instructions/check"])
@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_a_problem_that_points_at_it(service: Service, name: str, path: str) -> None:
    media_type, content, status, pointer = CASES[name]
    answer = service.http.post(path, content=content, headers={"Content-Type": media_type})
    problem = answer.json()

    assert answer.status_code == status == problem["status"], problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= problem.keys()
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]]
    assert service.http.get(problem["type"]).status_code == 200


def test_nothing_of_bad_input_is_stored(service: Service) -> None:
    for media_type, content, _, _ in CASES.values():
        service.http.post("/v1/tasks", content=content, headers={"Content-Type": media_type})

    assert service.http.get("/v1/tasks").json() == {"tasks": [], "next_page_token": None}


def test_a_body_in_chunks_is_bounded_too(service: Service) -> None:
    chunks = (b" " * MIB for _ in range(9))
    answer = service.http.post("/v1/tasks", content=chunks, headers={"Content-Type": JSON})

    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "schlüssel"])
def test_an_idempotency_key_is_printable_and_short(service: Service, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode(), b"Content-Type": JSON.encode()}
    answer = service.http.post("/v1/tasks", content=body(), headers=headers)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"


def test_the_largest_instruction_is_taken(service: Service) -> None:
    text = "Create `a.txt`:\n\n```text\nthis is a file\n```\n\n"
    text += "\x01" * (MIB - len(text))
    answer = service.http.post("/v1/instructions/check", json={"instruction": text})

    assert (answer.status_code, answer.json()["verdict"]) == (200, "complete")
