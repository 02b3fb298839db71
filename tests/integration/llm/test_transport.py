"""Connections to one server: used again, found closed, cut short, left."""

from __future__ import annotations

import asyncio
import time

import httpx2 as httpx
import pytest

from app.llm.connection import StaleConnection
from tests.fakes.wire import HANG, RESET, Act, chunk, head, plain
from tests.integration.llm.wires import CHUNKED, Script, Scripted, ask, listening, transport
from tests.integration.llm.world import until


async def test_a_connection_serves_one_request_after_another() -> None:
    async with Scripted() as server, transport() as one:
        assert [await ask(one, server.url) for _ in range(5)] == [b"ok"] * 5
        assert server.accepted == 1


async def test_requests_at_once_have_a_connection_each() -> None:
    slow: Script = [0.1, plain(200, "ok")]
    async with Scripted(*[list(slow) for _ in range(8)]) as server, transport() as one:
        assert await asyncio.gather(*(ask(one, server.url) for _ in range(8))) == [b"ok"] * 8
        assert server.accepted == 8
        await asyncio.gather(*(ask(one, server.url) for _ in range(8)))
        assert server.accepted == 8


async def test_nothing_is_kept_where_nothing_shall_be() -> None:
    async with Scripted() as server, transport(keep_s=0) as one:
        for _ in range(3):
            await ask(one, server.url)
        await until(lambda: not server.connected)
        assert server.accepted == 3


async def test_a_connection_kept_too_long_is_closed_for_a_new_one() -> None:
    async with (
        Scripted() as server,
        Scripted([0.1, plain(200, "ok")]) as other,
        transport(keep_s=0.05) as one,
    ):
        await ask(one, server.url)
        await ask(one, other.url)
        await ask(one, server.url)
        assert server.accepted == 2


async def test_a_kept_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    async with Scripted(idle_s=0.02) as server, Scripted() as other, transport() as one:
        await ask(one, server.url)
        await until(lambda: not server.connected)
        await ask(one, other.url)
        assert await ask(one, server.url) == b"ok"
        assert server.accepted == 2


async def test_a_kept_connection_that_closes_under_the_request_is_told_apart() -> None:
    async with Scripted([plain(200, "ok")], [RESET]) as server, transport() as one:
        await ask(one, server.url)
        with pytest.raises(StaleConnection):
            await ask(one, server.url)


async def test_a_new_connection_that_closes_under_the_request_is_a_broken_one() -> None:
    async with Scripted([RESET]) as server, transport() as one:
        with pytest.raises(httpx.ReadError) as caught:
            await ask(one, server.url)
        assert not isinstance(caught.value, StaleConnection)


async def test_a_kept_connection_that_breaks_in_the_head_of_the_reply_is_a_broken_one() -> None:
    async with Scripted([plain(200, "ok")], [b"HTTP/1.1 200 O", RESET]) as server, transport() as one:
        await ask(one, server.url)
        with pytest.raises(httpx.TransportError) as caught:
            await ask(one, server.url)
        assert not isinstance(caught.value, StaleConnection)


async def test_bytes_after_the_end_of_a_reply_are_never_taken_for_the_next_one() -> None:
    false = plain(200, "false")
    scripts: tuple[Script, ...] = ([plain(200, "ok") + false], [plain(200, "ok"), 0.02, false])
    for more in scripts:
        async with Scripted(more) as server, transport() as one:
            assert await ask(one, server.url) == b"ok"
            await until(lambda: server.journal[0].answered is not None)
            assert await ask(one, server.url) == b"ok"
            assert server.accepted == 2


@pytest.mark.parametrize("more", [[plain(200, "false")], [Act.CUT]])
def test_what_the_server_did_while_the_loop_was_busy_is_seen_before_a_connection_is_used(
    more: Script,
) -> None:
    with Scripted([plain(200, "ok"), 0.02, *more]) as server:

        async def twice() -> None:
            async with transport() as one:
                assert await ask(one, server.url) == b"ok"
                ends = time.monotonic() + 5
                while server.connected and server.journal[0].answered is None and time.monotonic() < ends:
                    time.sleep(0.01)  # noqa: ASYNC251 -- the loop is to be busy
                assert await ask(one, server.url) == b"ok"
            assert server.accepted == 2

        asyncio.run(twice())


async def test_interim_replies_are_passed_over() -> None:
    async with Scripted([b"HTTP/1.1 102 Processing\r\n\r\n", plain(200, "ok")]) as server, transport() as one:
        assert await ask(one, server.url) == b"ok"


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    async with Scripted([b"HTTP/1.0 200 OK\r\n\r\nall", b" of it", Act.CUT]) as server, transport() as one:
        assert await ask(one, server.url) == b"all of it"
        await ask(one, server.url)
        assert server.accepted == 2


@pytest.mark.parametrize("cut", [Act.CUT, Act.RESET])
async def test_what_came_before_the_connection_broke_is_read_first(cut: Act) -> None:
    async with (
        Scripted([head(200, CHUNKED), 0.02, chunk(b"first"), chunk(b"second"), cut]) as server,
        transport() as one,
    ):
        response = await one.handle_async_request(httpx.Request("POST", server.url, content=b"{}"))
        await until(lambda: not server.connected)
        pieces = response.aiter_raw()
        assert [await anext(pieces), await anext(pieces)] == [b"first", b"second"]
        with pytest.raises(httpx.TransportError):
            await anext(pieces)
        await response.aclose()


async def test_a_reply_that_is_left_closes_its_connection() -> None:
    async with Scripted([head(200, CHUNKED), chunk(b"first"), HANG]) as server, transport() as one:
        response = await one.handle_async_request(httpx.Request("POST", server.url, content=b"{}"))
        await response.aclose()
        await until(lambda: not server.connected)


async def test_a_request_that_is_cancelled_closes_its_connection() -> None:
    async with Scripted([HANG]) as server, transport() as one:
        asking = asyncio.create_task(ask(one, server.url))
        await until(lambda: bool(server.journal))
        asking.cancel()
        await until(lambda: not server.connected)


async def test_closing_the_transport_closes_kept_and_busy_connections() -> None:
    async with Scripted([plain(200, "ok")], [HANG]) as server, transport() as one:
        await ask(one, server.url)
        asking = asyncio.create_task(ask(one, server.url))
        await until(lambda: len(server.journal) == 2)
        await one.aclose()
        with pytest.raises(httpx.TransportError):
            await asking
        await until(lambda: not server.connected)


async def test_a_reply_to_a_request_half_sent_is_read() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(plain(413, "too long"))
        await writer.drain()
        while await reader.read(65536):
            pass

    async with listening(refuse) as port, transport() as one:
        assert await ask(one, f"http://127.0.0.1:{port}/", b"x" * 20_000_000) == b"too long"


@pytest.mark.parametrize("reads_on", [True, False])
async def test_a_server_that_refuses_and_ends_its_side_is_heard_at_once(*, reads_on: bool) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(plain(413, "too long", {"Connection": "close"}))
        writer.write_eof()
        while reads_on and await reader.read(65536):
            pass
        await asyncio.Event().wait()

    async with listening(refuse) as port, transport(write_s=60) as one, asyncio.timeout(5):
        assert await ask(one, f"http://127.0.0.1:{port}/", b"x" * 20_000_000) == b"too long"


async def test_a_server_that_takes_nothing_more_of_a_request_is_given_up() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    async with listening(deaf) as port, transport(write_s=0.1) as one:
        with pytest.raises(httpx.WriteTimeout):
            await ask(one, f"http://127.0.0.1:{port}/", b"x" * 20_000_000)


async def test_a_server_that_dies_under_a_long_request_is_not_waited_for() -> None:
    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with listening(dies) as port, transport(write_s=60) as one:
        async with asyncio.timeout(5):
            with pytest.raises(httpx.TransportError):
                await ask(one, f"http://127.0.0.1:{port}/", b"x" * 20_000_000)


async def test_a_reply_nobody_reads_stops_the_server_instead_of_filling_the_memory() -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head(200, CHUNKED))
        for _ in range(3200):
            writer.write(chunk(b"x" * 65536))
            await writer.drain()
            sent += 65536
        writer.write(chunk(b""))

    pauses: list[Script] = [[0.05, plain(200, "ok")] for _ in range(100)]
    async with (
        listening(flood) as port,
        Scripted(*pauses) as other,
        transport() as one,
    ):
        url = f"http://127.0.0.1:{port}/"
        response = await one.handle_async_request(httpx.Request("POST", url, content=b"{}"))
        seen = -1
        while sent != seen:
            seen = sent
            await ask(one, other.url)
        assert sent < 32 * 1024 * 1024
        assert len(await response.aread()) == 3200 * 65536
        await response.aclose()


async def test_a_flood_of_small_pieces_leaves_the_loop_its_turns() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with (
        Scripted([head(200, CHUNKED), chunk(b"x") * 60_000 + chunk(b"")]) as server,
        transport() as one,
    ):
        counting = asyncio.create_task(count())
        response = await one.handle_async_request(httpx.Request("POST", server.url, content=b"{}"))
        await until(lambda: server.journal[0].answered is not None)
        before = turns
        assert len(await response.aread()) == 60_000
        assert turns - before >= 4
        await response.aclose()
        counting.cancel()
