"""Loads Ollama's model before it is asked, once for all who wait, so that no short deadline aborts a load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from app.llm.classify import from_reply
from app.llm.config import Clocks, ServerConfig
from app.llm.errors import FirstTokenTimeout
from app.llm.flight import Flight
from app.llm.http import Http
from app.llm.ollama import encode, warm_up
from app.llm.probe import Facts


class Warmth:
    """Keeps one model of one Ollama loaded with its window.

    The load runs in a task of its own: a caller that gives up, or is cancelled, leaves it running. Callers
    wait as long as the server lists the model, as it does while it loads, and only a while where it does not:
    a hung server would otherwise hold them for the time that the largest model may take. With which window it
    lists it is nothing to them: Ollama clamps the one it is asked for to what the model was trained for.
    """

    def __init__(
        self, http: Http, config: ServerConfig, clocks: Clocks, look: Callable[[], Awaitable[Facts]]
    ) -> None:
        self._http, self._config, self._clocks, self._look = http, config, clocks, look
        self._model = config.model
        self._loading = Flight(self._load)
        self._used: float | None = None
        self._seen = 0.0

    async def __call__(self, model: str) -> None:
        """Returns when the model is loaded, or nobody can tell. Raises what the server says to a load."""
        if self._used is not None and _now() - self._used < self._clocks(self._clocks.idle_s):
            return
        self._model = model
        await self._loaded()
        self.used()

    def used(self) -> None:
        """The model has just answered."""
        self._used = _now()

    def doubt(self) -> None:
        """The model may be gone from memory, however lately it answered."""
        self._used = None

    async def _loaded(self) -> None:
        if not self._loading.under_way:
            self._seen = _now()
        loading = asyncio.ensure_future(self._loading())
        try:
            while not (await asyncio.wait({loading}, timeout=self._patience_s))[0]:
                if not (await self._look()).resident:
                    raise FirstTokenTimeout("the server was asked to load the model and shows no sign of it")
                self._seen = _now()
            await loading
        finally:
            loading.cancel()

    @property
    def _patience_s(self) -> float:
        return max(0.0, self._seen + self._clocks(self._clocks.load_unseen_s) - _now())

    async def _load(self) -> None:
        facts = await self._look()
        facts.check_connected()
        if facts.resident is None or self._holds(facts):
            return
        body = encode(warm_up(self._model, self._config.window))
        try:
            async with asyncio.timeout(self._clocks(self._clocks.load_s)):
                async with self._http.post(f"{self._config.url}/api/generate", body) as reply:
                    said = await reply.read()
        except TimeoutError as late:
            raise FirstTokenTimeout("the model was not loaded in time", server=self._config.url) from late
        if reply.status != HTTPStatus.OK:
            raise from_reply(reply.status, said, reply.headers, server=self._config.url)
        await self._look()

    def _holds(self, facts: Facts) -> bool:
        """Whether the server lists the model, with the window it is asked for where it tells that."""
        return bool(facts.resident) and (facts.window is None or self._config.window in (None, facts.window))

    async def aclose(self) -> None:
        await self._loading.aclose()


def _now() -> float:
    return asyncio.get_running_loop().time()
