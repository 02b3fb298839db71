"""What an operator is told of each server, and the sentence that says what to change."""

from __future__ import annotations

import pytest

from app.llm.call import Role
from app.llm.config import LlmConfig
from app.llm.servers import ModelServers
from app.llm.status import BackendStatus
from tests.fakes.disguised import OllamaInDisguise
from tests.fakes.ollama import FakeOllama
from tests.fakes.ports import closed_port
from tests.fakes.vllm import FakeVllm
from tests.integration.llm.world import CLOCKS, call, client


async def status_of(role: Role, asked: ModelServers) -> BackendStatus:
    return next(status for status in await asked.status() if status.role is role)


async def test_a_server_that_is_well_needs_no_advice() -> None:
    async with FakeVllm(window=8192) as server, client(server) as asked:
        status = await status_of(Role.CODER, asked)
    assert status == BackendStatus(
        role=Role.CODER,
        url=server.base,
        dialect="vllm",
        model="coder",
        reachable=True,
        version="0.33.0",
        models=("coder",),
        served=True,
        context_window=8192,
        slots_in_use=0,
        slots=8,
        waiting=0,
        breaker="closed",
        advice=(),
    )


async def test_a_dead_server_is_named_with_its_setting() -> None:
    with closed_port() as url:
        asked = ModelServers(LlmConfig(ollama_urls=(url,), vllm_urls=(f"{url}/v1",), clocks=CLOCKS))
        pm, coder = await asked.status()
        await asked.aclose()
    assert (pm.reachable, coder.reachable) == (False, False)
    assert "JR_OLLAMA_URL" in pm.advice[0]
    assert "JR_VLLM_URL" in coder.advice[0]


@pytest.mark.parametrize(
    ("server", "changes", "words"),
    [
        (
            FakeOllama(models=("a", "b")),
            {},
            ["JR_PM_MODEL", "a:latest, b:latest", "ollama pull executive_jr"],
        ),
        (FakeOllama(version="0.11.0"), {}, ["0.12.4"]),
        (FakeVllm(models=("a", "b")), {}, ["JR_CODER_MODEL", "a, b"]),
        (FakeVllm(models=("a",)), {"coder_model": "x"}, ["JR_CODER_MODEL", "(a)"]),
        (FakeVllm(window=2048), {}, ["--max-model-len"]),
        (FakeVllm(api_key="k"), {}, ["JR_VLLM_API_KEY"]),
    ],
)
async def test_the_advice_says_what_to_change(
    server: FakeOllama | FakeVllm, changes: dict[str, str], words: list[str]
) -> None:
    async with server, client(server, **changes) as asked:
        status = await status_of(call(server).role, asked)
    assert all(word in " ".join(status.advice) for word in words), status.advice


async def test_a_wrong_base_path_is_told() -> None:
    async with FakeVllm() as server:
        for url, word in ((server.url, "should end in /v1"), (f"{server.base}/v1", "twice")):
            asked = ModelServers(LlmConfig(ollama_urls=(), vllm_urls=(url,), clocks=CLOCKS))
            (status,) = await asked.status()
            await asked.aclose()
            assert word in status.advice[0]


async def test_another_kind_of_server_at_ollamas_address_is_told() -> None:
    async with FakeVllm() as server:
        for url, words in ((server.url, "no Ollama server"), (f"{server.url}/api", "without a path")):
            asked = ModelServers(LlmConfig(ollama_urls=(url,), vllm_urls=(), clocks=CLOCKS))
            (status,) = await asked.status()
            await asked.aclose()
            assert words in status.advice[0]


async def test_a_model_that_is_half_on_the_cpu_or_has_a_small_window_is_told() -> None:
    async with FakeOllama(on_gpu=0.5) as server, client(server) as asked:
        await asked(call(server))
        server.loaded = {"executive_jr": 4096}
        status = await status_of(Role.PM, asked)
    assert any("50%" in advice for advice in status.advice)
    assert any("OLLAMA_CONTEXT_LENGTH=16384" in advice for advice in status.advice)
    assert status.context_window == 4096


@pytest.mark.parametrize(
    ("loaded", "window", "words"),
    [
        ({}, None, "is Ollama, which drops a part of a prompt longer than its window in silence"),
        ({"coder": 4096}, 4096, "of 4096 tokens in silence: set OLLAMA_CONTEXT_LENGTH=16384"),
        ({"coder": 32768}, 32768, None),
    ],
)
async def test_an_ollama_spoken_to_as_vllm_is_known_with_its_window(
    loaded: dict[str, int], window: int | None, words: str | None
) -> None:
    async with OllamaInDisguise(loaded=loaded) as server, client(server) as asked:
        status = await status_of(Role.CODER, asked)
    assert (status.served, status.context_window) == (True, window)
    assert len(status.advice) == (words is not None)
    assert words is None or words in status.advice[0]


async def test_an_old_vllm_is_no_old_ollama() -> None:
    async with FakeVllm(version="0.11.0") as server, client(server) as asked:
        assert (await status_of(Role.CODER, asked)).advice == ()
