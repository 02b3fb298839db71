"""A stand-in for Ollama where it is asked in vLLM's dialect."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.fakes.reply import Script
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen, plain


class OllamaInDisguise(FakeVllm):
    """Ollama at its `/v1`: it lists no window there, and tells at `/api/ps` which one the model has."""

    def __init__(self, script: Script = None, *, loaded: Mapping[str, int] = MappingProxyType({})) -> None:
        super().__init__(script, version=None, tokenize=False)
        self._loaded = [{"name": f"{name}:latest", "context_length": size} for name, size in loaded.items()]

    def _other(self, seen: Seen) -> bytes:
        if seen.path == "/v1/models":
            listed = [{"id": "coder", "object": "model", "owned_by": "library"}]
            return plain(200, {"object": "list", "data": listed})
        if seen.path == "/api/ps":
            return plain(200, {"models": self._loaded})
        return plain(404, "404 page not found")
