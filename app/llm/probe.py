"""What a server tells of itself without being asked a question: models, window, version, residence."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.llm.classify import from_reply
from app.llm.config import Clocks, Dialect, ServerConfig
from app.llm.errors import BackendUnavailable, LlmError, MalformedResponse
from app.llm.http import Http
from app.llm.ollama import same_model

_OK = 200
_TRUNCATES_ANYWAY = (0, 12, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a server. None, or an empty `models`, where it did not say.

    `resident` tells whether Ollama has the model in memory; `on_gpu` which share of it; `continues` that it
    is known to be of a kind that goes on with a reply it is handed the start of: vLLM, by its version and the
    window it lists with the model, or llama.cpp, by the window of its slots. `may_truncate`: it is an Ollama
    that drops in silence what its window cannot hold, for it is too old to be told not to, or `in_disguise`:
    asked in vLLM's dialect, which has no word for it.
    """

    version: str | None = None
    models: tuple[str, ...] = ()
    listed: bool = False
    window: int | None = None
    resident: bool | None = None
    on_gpu: float | None = None
    continues: bool = False
    may_truncate: bool = False
    in_disguise: bool = False
    trouble: LlmError | None = None

    @property
    def reachable(self) -> bool:
        return self.trouble is None or not isinstance(self.trouble, BackendUnavailable)

    @property
    def unconnected(self) -> bool:
        """Whether no connection to the server came about."""
        return isinstance(self.trouble, BackendUnavailable) and self.trouble.unconnected

    def check_connected(self) -> None:
        """Raises `BackendUnavailable` where no connection came about."""
        said = self.trouble
        if isinstance(said, BackendUnavailable) and said.unconnected:
            raise BackendUnavailable(said.detail, server=said.server, unconnected=True, refused=said.refused)

    def name_of(self, model: str) -> str | None:
        """The name to ask for; None for "auto" where the server lists no model, or several."""
        if model != "auto":
            return model
        return self.models[0] if len(self.models) == 1 else None

    def serves(self, model: str) -> bool | None:
        """Whether the model is among those listed; None where nothing was listed."""
        if not self.listed:
            return None
        return any(same_model(listed, self.name_of(model) or "") for listed in self.models)


async def look(http: Http, config: ServerConfig, clocks: Clocks) -> Facts:
    """Asks the server about itself; never raises but on cancellation."""
    ask = _Asker(http, clocks(clocks.probe_s))
    return await (_ollama if config.dialect is Dialect.OLLAMA else _vllm)(ask, config)


class _Asker:
    def __init__(self, http: Http, seconds: float) -> None:
        self._http, self._seconds = http, seconds

    async def __call__(self, url: str) -> dict[str, Any]:
        """The JSON object at a URL. Raises an `LlmError`."""
        try:
            async with asyncio.timeout(self._seconds), self._http.get(url) as reply:
                body = await reply.read()
                if reply.status != _OK:
                    raise from_reply(reply.status, body, reply.headers, server=url)
                value = json.loads(body)
        except TimeoutError as late:
            raise BackendUnavailable(
                "the server takes connections and does not answer within a few seconds", server=url
            ) from late
        except ValueError as error:
            raise MalformedResponse("the server does not speak JSON", server=url) from error
        if not isinstance(value, dict):
            raise MalformedResponse("the server does not speak the expected dialect", server=url)
        return value

    async def or_nothing(self, url: str) -> dict[str, Any]:
        try:
            return await self(url)
        except LlmError:
            return {}


async def _ollama(ask: _Asker, config: ServerConfig) -> Facts:
    try:
        tags = await ask(f"{config.url}/api/tags")
    except LlmError as error:
        return Facts(trouble=error)
    version, resident = await asyncio.gather(
        ask.or_nothing(f"{config.url}/api/version"), ask.or_nothing(f"{config.url}/api/ps")
    )
    names = tuple(str(entry.get("name", "")) for entry in _rows(tags, "models"))
    said = _text(version.get("version"))
    facts = Facts(version=said, models=names, listed="models" in tags, may_truncate=_is_old(said))
    return _at_home(facts, config, resident)


def _is_old(version: str | None) -> bool:
    """True for an Ollama too old to know `truncate`."""
    known = tuple(int(number) for number in re.findall(r"\d+", version or "")[:3])
    return known > (0, 0, 0) and known < _TRUNCATES_ANYWAY


def _at_home(facts: Facts, config: ServerConfig, resident: Mapping[str, Any]) -> Facts:
    """What `/api/ps` adds: whether the model is in memory, its window, and its share on the GPU."""
    if "models" not in resident:
        return facts
    model = facts.name_of(config.model) or ""
    found = [row for row in _rows(resident, "models") if same_model(str(row.get("name", "")), model)]
    mine = found[0] if found else {}
    size, in_vram = mine.get("size"), mine.get("size_vram")
    share = in_vram / size if isinstance(size, int) and isinstance(in_vram, int) and size > 0 else None
    window = _positive(mine.get("context_length"))
    return replace(facts, resident=bool(found), window=window, on_gpu=share)


async def _vllm(ask: _Asker, config: ServerConfig) -> Facts:
    root = config.url.removesuffix("/v1")
    try:
        listed = await ask(f"{config.url}/models")
    except LlmError as error:
        return Facts(trouble=error)
    rows = _rows(listed, "data")
    facts = Facts(models=tuple(str(row.get("id", "")) for row in rows), listed="data" in listed)
    model = facts.name_of(config.model)
    mine = next((row for row in rows if row.get("id") == model), {})
    announced = _positive(mine.get("max_model_len"))
    of_slot = None if announced else await _llama_window(ask, root)
    if announced is None and of_slot is None:
        resident = await ask.or_nothing(f"{root}/api/ps")
        if "models" in resident:
            return _at_home(replace(facts, in_disguise=True, may_truncate=True), config, resident)
    version = _text((await ask.or_nothing(f"{root}/version")).get("version"))
    is_vllm = version is not None and announced is not None and mine.get("owned_by", "vllm") == "vllm"
    continues = is_vllm or of_slot is not None
    return replace(facts, window=announced or of_slot, version=version, continues=continues)


async def _llama_window(ask: _Asker, root: str) -> int | None:
    """The window of one slot as llama.cpp's server tells it."""
    props = await ask.or_nothing(f"{root}/props")
    defaults = props.get("default_generation_settings")
    return _positive(defaults.get("n_ctx")) if isinstance(defaults, dict) else None


def _rows(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = value.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
