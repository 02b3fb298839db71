"""What the client says of a connection that fails, of one too many, and of its own end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.llm.config import Clocks
from app.llm.errors import BackendUnavailable, LlmError, MalformedResponse, StreamInterrupted
from app.llm.http import Http
from tests.fakes.wire import CUT, HANG, RESET, chunk, head, plain
from tests.integration.llm.wires import CHUNKED, Script, Scripted
from tests.integration.llm.world import until


@asynccontextmanager
async def http(server: Scripted, *, connections: int = 1) -> AsyncIterator[Http]:
    one = Http(server.url, api_key=None, connections=connections, clocks=Clocks())
    yield one
    await one.aclose()


async def post(by: Http, server: Scripted, *, fresh: bool = False) -> bytes:
    async with by.post(server.url, b"{}", fresh=fresh) as reply:
        return await reply.read()


async def get(by: Http, server: Scripted) -> bytes:
    async with by.get(server.url) as reply:
        return await reply.read()


async def test_a_kept_connection_that_ended_is_told_from_one_that_never_worked() -> None:
    async with Scripted([plain(200, "ok")], [RESET], [RESET]) as server, http(server) as one:
        assert await post(one, server) == b"ok"
        found = []
        for _ in range(2):
            with pytest.raises(BackendUnavailable) as caught:
                await post(one, server)
            found.append((caught.value.unanswered, caught.value.stale))
        assert found == [(True, True), (True, False)]


async def test_a_fresh_request_takes_no_kept_connection() -> None:
    async with Scripted() as server, http(server) as one:
        await post(one, server)
        await post(one, server, fresh=True)
        assert server.accepted == 2


async def test_a_reply_that_breaks_off_is_no_unanswered_one() -> None:
    async with Scripted([head(200, CHUNKED), chunk(b"half"), CUT]) as server, http(server) as one:
        with pytest.raises(StreamInterrupted):
            await post(one, server)


@pytest.mark.parametrize("script", [[HANG], [head(200, CHUNKED), chunk(b"half"), HANG]])
async def test_a_call_in_flight_when_the_client_is_closed_blames_no_server(script: Script) -> None:
    async with Scripted(script) as server, http(server) as one:
        asking = asyncio.create_task(post(one, server))
        await until(lambda: bool(server.journal))
        await one.aclose()
        for asked in (asking, post(one, server)):
            with pytest.raises(BackendUnavailable, match="the client was closed meanwhile"):
                await asked


async def test_probes_of_a_server_that_hangs_do_not_pile_up_connections() -> None:
    hanging: list[Script] = [[HANG] for _ in range(40)]
    async with Scripted(*hanging) as server, Scripted([0.1, plain(200, "ok")]) as other:
        async with http(server, connections=2) as one, http(other) as meanwhile:
            probes = [asyncio.create_task(get(one, server)) for _ in range(40)]
            await until(lambda: server.accepted == 6)
            await get(meanwhile, other)
            assert server.accepted == 6
            for probe in probes:
                probe.cancel()
            await asyncio.gather(*probes, return_exceptions=True)
        await until(lambda: not server.connected)


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ([head(200, {"X-Long": "x" * 300_000})], BackendUnavailable, "the head of the reply is longer than"),
        ([plain(200, b"???", {"Content-Encoding": "br"})], MalformedResponse, "encoded as 'br'"),
    ],
)
async def test_a_reply_nobody_can_read_says_what_is_wrong_with_it(
    script: Script, error: type[LlmError], words: str
) -> None:
    async with Scripted(script) as server, http(server) as one:
        with pytest.raises(error, match=words):
            await post(one, server)
