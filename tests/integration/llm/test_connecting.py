"""To the address that answers, in time, and over TLS only to whom it should be."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from typing import Any

import httpx2 as httpx
import pytest
import trustme
from aiohappyeyeballs import start_connection

from tests.fakes.ports import black_hole
from tests.fakes.wire import plain
from tests.integration.llm.wires import Scripted, ask, listening, transport
from tests.integration.llm.world import until


async def test_the_next_address_is_tried_while_the_first_keeps_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Scripted() as server, transport() as one:
        with black_hole() as silent:
            ports = int(silent.rpartition(":")[2]), server.port
            addresses = [
                (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))
                for port in ports
            ]

            def both(*_: object, **__: object) -> list[object]:
                return list(addresses)

            monkeypatch.setattr(socket, "getaddrinfo", both)
            began = time.monotonic()
            assert await ask(one, "http://gpu.example/") == b"ok"
            assert time.monotonic() - began < 2.0


async def test_a_name_is_looked_up_without_holding_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up, by = socket.getaddrinfo, set[str]()

    def seen(*arguments: Any, **options: Any) -> Any:
        if options.get("flags") != socket.AI_NUMERICHOST:
            by.add(threading.current_thread().name.partition("_")[0])
        return look_up(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", seen)
    async with Scripted() as server, transport() as one:
        await ask(one, f"http://localhost:{server.port}")
    assert by == {"names"}


async def test_looking_up_waits_for_no_thread_of_the_loop_s() -> None:
    loop, over = asyncio.get_running_loop(), threading.Event()
    busy = [loop.run_in_executor(None, over.wait) for _ in range(64)]
    try:
        async with Scripted() as server, transport(connect_s=2) as one:
            assert await ask(one, server.url) == b"ok"
            assert await ask(one, f"http://localhost:{server.port}") == b"ok"
    finally:
        over.set()
        await asyncio.gather(*busy)


async def test_a_transport_closed_while_it_connects_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up, found = asyncio.Event(), asyncio.Event()

    async def slowly(*arguments: Any, **options: Any) -> socket.socket:
        looked_up.set()
        await found.wait()
        return await start_connection(*arguments, **options)

    monkeypatch.setattr("app.llm.transport.start_connection", slowly)
    async with Scripted() as server, transport() as one:
        asking = asyncio.create_task(ask(one, server.url))
        await looked_up.wait()
        await one.aclose()
        found.set()
        with pytest.raises(httpx.ConnectError, match="closed meanwhile"):
            await asking
        await until(lambda: server.accepted == 1 and not server.connected)
        assert not server.journal


async def test_a_server_that_takes_no_connection_is_given_up_in_time() -> None:
    with black_hole() as silent:
        async with transport(connect_s=0.1) as one:
            with pytest.raises(httpx.ConnectTimeout):
                await ask(one, silent)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
async def test_a_name_that_leads_nowhere_is_a_connection_that_cannot_be_made(host: str) -> None:
    async with transport() as one:
        with pytest.raises(httpx.ConnectError):
            await ask(one, f"http://{host}/")


async def test_anything_but_http_is_refused() -> None:
    async with transport() as one:
        with pytest.raises(httpx.UnsupportedProtocol):
            await ask(one, "ftp://127.0.0.1/")


async def test_over_tls_the_server_must_be_who_it_says() -> None:
    authority = trustme.CA()
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(served)
    authority.configure_trust(trusting)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(plain(200, "in secret"))
            await writer.drain()

    async with listening(greet, tls=served) as port:
        async with transport(tls=trusting) as one:
            assert [await ask(one, f"https://localhost:{port}/") for _ in range(2)] == [b"in secret"] * 2
            with pytest.raises(httpx.ConnectError, match=r"doesn't match|not valid for"):
                await ask(one, f"https://127.0.0.1:{port}/")
        async with transport() as stranger:
            with pytest.raises(httpx.ConnectError, match=r"self-signed|unable to get local issuer"):
                await ask(stranger, f"https://localhost:{port}/")


async def test_a_handshake_that_is_cut_says_so() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.transport.abort()

    async with listening(hang_up) as port, transport() as one:
        with pytest.raises(httpx.ConnectError, match="the server closed the connection"):
            await ask(one, f"https://localhost:{port}/")
