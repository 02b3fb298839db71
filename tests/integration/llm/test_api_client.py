"""The command line's way to Jr's own API."""

from __future__ import annotations

import pytest

from app.llm.http import ApiClient, ServiceUnreachable
from tests.fakes.ports import closed_port
from tests.fakes.wire import Acts, Seen, Wire, chunk, head, plain


class Service(Wire):
    """Answers JSON everywhere and two events at /events."""

    async def answer(self, seen: Seen) -> Acts:
        if seen.path == "/events":
            yield head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
            yield chunk(b': hello\n\nid: 4\nevent: step\ndata: {"n": "a\xe2\x80\xa8b"}\n\n')
            yield chunk(b"id: 5\nevent: end\ndata: {}\n\n")
            yield chunk(b"")
        else:
            yield plain(409, {"method": seen.method, "body": seen.body}, {"X-Request-Id": "r1"})


def test_a_reply_comes_back_whatever_its_status() -> None:
    with Service() as service, ApiClient(service.url, api_key="k") as client:
        reply = client.request("POST", "/v1/tasks", json={"instruction": "x"})
        assert (reply.status, reply.headers["x-request-id"]) == (409, "r1")
        assert reply.json == {"method": "POST", "body": {"instruction": "x"}}
        assert service.journal[0].headers["authorization"] == "Bearer k"


def test_events_come_one_by_one_from_where_one_left_off() -> None:
    with Service() as service, ApiClient(service.url) as client:
        events = list(client.events("/events", after=3))
        assert [(event.id, event.type) for event in events] == [("4", "step"), ("5", "end")]
        assert events[0].data == {"n": "a\u2028b"}
        assert service.journal[0].headers["last-event-id"] == "3"


def test_a_service_that_is_not_there_is_told() -> None:
    with closed_port() as url, ApiClient(url) as client:
        with pytest.raises(ServiceUnreachable):
            client.request("GET", "/livez")
        with pytest.raises(ServiceUnreachable):
            list(client.events("/events"))


def test_a_path_without_events_is_told() -> None:
    with (
        Service() as service,
        ApiClient(service.url) as client,
        pytest.raises(ServiceUnreachable, match="409"),
    ):
        list(client.events("/none"))
