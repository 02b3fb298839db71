from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api.envelope import Envelope, is_cross_site, is_local_name, is_network


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "192.168.1.5:80",
        "[::1]",
        "[fe80::1]:80",
        "jr",
        "a.localhost",
        "",
    ],
)
def test_names_that_public_dns_cannot_point_here(host: str) -> None:
    assert is_local_name(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "127.0.0.1.nip.io",
        "localhost.evil.org",
        "a.b",
        "1.2.3",
        "[::1",
        "x.localhost.",
        "0x7f.1",
    ],
)
def test_names_that_public_dns_may_point_here(host: str) -> None:
    assert is_local_name(host) is (host == "x.localhost.")


@pytest.mark.parametrize(
    ("server", "network"),
    [
        (("127.0.0.1", 80), False),
        (("::1", 80), False),
        (("10.0.0.5", 80), True),
        (("2001:db8::1", 80), True),
        (("/run/jr.sock", None), False),
        (("testserver", 80), False),
        (None, False),
    ],
)
def test_where_a_connection_came_in(server: tuple[str, int | None] | None, *, network: bool) -> None:
    assert is_network(server) is network


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"host": "jr:80", "origin": "http://jr:80"}, False),
        ({"host": "jr:80", "origin": "http://jr"}, True),
        ({"host": "jr", "origin": "null"}, True),
        ({"host": "jr", "sec-fetch-site": "same-origin"}, False),
        ({"host": "jr", "sec-fetch-site": "none"}, False),
        ({"host": "jr", "sec-fetch-site": "same-site"}, True),
        ({"host": "jr", "sec-fetch-site": "cross-site"}, True),
    ],
)
def test_what_another_sites_page_sends(headers: dict[str, str], *, foreign: bool) -> None:
    assert is_cross_site(headers) is foreign


async def test_a_crash_is_a_problem_that_tells_nothing_of_its_cause() -> None:
    async def crash(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the secret")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"jr")]}
    await Envelope(crash, open_door=True)(scope, receive, send)

    assert sent[0]["status"] == 500
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert b"internal" in sent[1]["body"]
    assert b"secret" not in sent[1]["body"]
