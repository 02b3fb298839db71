"""What the client makes of the settings it is given."""

from __future__ import annotations

import pytest

from app.llm.call import ModelCall, Role
from app.llm.config import LlmConfig
from app.llm.servers import ModelServers
from tests.fakes.vllm import FakeVllm


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
            call = ModelCall(task_id="t", key="k.1", role=Role.CODER, system="", prompt="x", max_tokens=9)
            completion = await servers(call)
        finally:
            await servers.aclose()

    assert server.calls[0].headers["authorization"] == sent
    assert completion.server == server.base
