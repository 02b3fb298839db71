"""What the client makes of the settings it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.llm.call import ModelCall, Role
from app.llm.config import Clocks, LlmConfig
from app.llm.errors import AuthError, ConfigError
from app.llm.servers import ModelServers
from tests.fakes.vllm import FakeVllm

CALL = ModelCall(task_id="t", key="k.1", role=Role.CODER, system="", prompt="x", max_tokens=9)


def test_a_login_in_a_url_is_used_and_never_shown() -> None:
    pm, coder = LlmConfig(
        ollama_urls=("http://jr:se%3Acret@gpu1:11434/",), vllm_urls=("http://gpu2:8000/v1",)
    ).servers

    assert (pm.url, pm.login) == ("http://gpu1:11434", "jr:se:cret")
    assert (coder.url, coder.login) == ("http://gpu2:8000/v1", None)
    assert "cret" not in repr(pm)


@pytest.mark.parametrize(("key", "sent"), [(None, "Basic anI6c2VjcmV0"), ("k", "Bearer k")])
async def test_a_login_goes_with_every_call_unless_there_is_a_key(key: str | None, sent: str) -> None:
    async with FakeVllm(["done"]) as server:
        url = server.base.replace("http://", "http://jr:secret@")
        servers = ModelServers(LlmConfig(ollama_urls=(), vllm_urls=(url,), vllm_api_key=key))
        try:
            completion = await servers(CALL)
        finally:
            await servers.aclose()

    assert server.calls[0].headers["authorization"] == sent
    assert completion.server == server.base


async def refused(**changes: Any) -> tuple[ConfigError, str]:
    """The error of a call, and the advice on the server, where a setting makes every call impossible."""
    servers = ModelServers(LlmConfig(ollama_urls=(), clocks=Clocks(scale=0.05), **changes))
    try:
        with pytest.raises(ConfigError) as raised:
            await servers(replace(CALL, deadline_s=5.0))
        (status,) = await servers.status()
    finally:
        await servers.aclose()
    return raised.value, " ".join(status.advice)


@pytest.mark.parametrize("key", ["cl\u00e9", "\u20ac", "a\nb", "ab "])
async def test_a_key_that_no_header_can_carry_is_told_as_that(key: str) -> None:
    async with FakeVllm(["done"]) as server:
        error, advice = await refused(vllm_urls=(server.base,), vllm_api_key=key)
        assert server.journal == []

    assert "the API key holds characters that no header can carry" in str(error)
    assert key not in str(error)
    assert error.hint == AuthError.hint
    assert advice.startswith("Mend JR_VLLM_API_KEY: ")


@pytest.mark.parametrize("url", ["http:///v1", "localhost:8000/v1"])
async def test_a_url_without_a_host_is_told_as_that(url: str) -> None:
    error, advice = await refused(vllm_urls=(url,))

    assert "it names no host" in str(error)
    assert error.hint == ConfigError.hint
    assert "JR_VLLM_URL" in advice
