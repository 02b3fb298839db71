"""The contract of events: numbered without gaps, as pages and as a stream that ends with the task."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.contract.conftest import HELD
from tests.contract.serving import VERBATIM, Service

STREAM = {"Accept": "text/event-stream"}


def streamed(answer: httpx2.Response) -> Iterator[dict[str, Any]]:
    """Each event of a stream: its fields as sent, `data` as JSON."""
    fields: dict[str, Any] = {}
    for line in answer.iter_lines():
        if line.startswith(":"):
            continue
        if not line:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}
        else:
            name, _, value = line.partition(": ")
            fields[name] = value


def test_events_are_numbered_from_one_without_gaps(service: Service) -> None:
    task = service.post(VERBATIM)
    page = service.http.get(f"/v1/tasks/{task['id']}/events").json()

    assert [event["seq"] for event in page["events"]] == list(range(1, len(page["events"]) + 1))
    assert page["next_after"] == len(page["events"])
    assert page["events"][0]["type"] == "task.queued"
    assert page["events"][-1]["type"] == "task.completed"
    assert set(page["events"][0]) == {"seq", "type", "at", "data"}


def test_a_page_goes_on_after_the_last(service: Service) -> None:
    task = service.post(VERBATIM)
    path = f"/v1/tasks/{task['id']}/events"
    whole = service.http.get(path).json()["events"]
    rest = service.http.get(path, params={"after": 2}).json()
    none = service.http.get(path, params={"after": 999}).json()

    assert rest["events"] == whole[2:]
    assert none == {"events": [], "next_after": 999}


def test_a_stream_gives_what_the_page_gives_and_ends(service: Service) -> None:
    task = service.post(VERBATIM)
    path = f"/v1/tasks/{task['id']}/events"
    with service.http.stream("GET", path, headers=STREAM) as answer:
        events = list(streamed(answer))

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [event["data"] for event in events] == service.http.get(path).json()["events"]
    assert [int(event["id"]) for event in events] == [event["data"]["seq"] for event in events]
    assert [event["event"] for event in events] == [event["data"]["type"] for event in events]


@pytest.mark.parametrize("last", [1, 3])
def test_a_stream_resumes_after_the_last_event_id(service: Service, last: int) -> None:
    task = service.post(VERBATIM)
    headers = {**STREAM, "Last-Event-ID": str(last)}
    with service.http.stream("GET", f"/v1/tasks/{task['id']}/events", headers=headers) as answer:
        first = next(streamed(answer))

    assert first["id"] == str(last + 1)


def test_a_stream_of_an_ended_task_is_over_after_its_last_event(service: Service) -> None:
    task = service.post(VERBATIM)
    path = f"/v1/tasks/{task['id']}/events"
    last = service.http.get(path).json()["next_after"]
    answer = service.http.get(path, headers={**STREAM, "Last-Event-ID": str(last)})

    assert answer.status_code == 204, "an EventSource would come back for ever after a 200"


def test_a_stream_follows_a_task_to_its_end(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    path = f"/v1/tasks/{task['id']}"
    service.until(task["id"], lambda task: task["stage"] == "planning")
    types = []
    with service.http.stream("GET", f"{path}/events", headers=STREAM) as answer:
        for event in streamed(answer):
            types.append(event["event"])
            if event["data"]["data"].get("stage") == "planning":
                threading.Thread(target=service.http.post, args=(f"{path}/cancel",)).start()

    assert types[0] == "task.queued"
    assert types[-1] == "task.cancelled"


@pytest.mark.parametrize("after", ["-1", "x", str(2**60)])
def test_a_senseless_position_is_refused(service: Service, after: str) -> None:
    task = service.post(VERBATIM)
    answer = service.http.get(f"/v1/tasks/{task['id']}/events", params={"after": after})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/after")
