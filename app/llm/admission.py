"""Lets calls through to a server that is well, and asks one that was not for a single token first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from app.llm.breaker import Breaker, State
from app.llm.config import Clocks
from app.llm.errors import (
    BackendUnavailable,
    CircuitOpen,
    GenerationAborted,
    LlmError,
    ModelNotFound,
    TookTooLong,
)
from app.llm.flight import Flight

_log = structlog.get_logger(__name__)
_THIRD = 3
_OF_A_WAIT = 2
_PERIODS_WAITED = 2  # the second is twice as long as the first


class Admission:
    """The breaker of one server and model, with its canary; and the memory of a model that is not there."""

    def __init__(self, server: str, clocks: Clocks, canary: Callable[[], Awaitable[object]]) -> None:
        self.breaker = Breaker(clocks)
        self._server, self._clocks, self._ask_canary = server, clocks, canary
        self._asking = Flight(self._try)
        self._aborts = 0
        self._why = ""
        self._missing: tuple[ModelNotFound, float] | None = None

    async def __call__(self, *, patient: bool) -> None:
        """Passes, or raises `CircuitOpen` or a fresh `ModelNotFound`.

        `patient` waits out the first two open periods instead of giving up, and for the canary as long as it
        takes: for a role without another server, and without a rung that does without it.
        """
        now = asyncio.get_running_loop().time()
        if self._missing is not None and now < self._missing[1]:
            raise ModelNotFound(self._missing[0].detail, server=self._server)
        wait_s = self.breaker.wait_s
        if wait_s > 0:
            if not patient or wait_s > self._clocks(_PERIODS_WAITED * self._clocks.open_s):
                raise self._open(wait_s)
            await asyncio.sleep(wait_s)
        if self.breaker.state is State.HALF_OPEN:
            await self._canary(None if patient else self._clocks(self._clocks.open_s))

    def check(self) -> None:
        """Raises `CircuitOpen` unless the server is well: for a call that has waited since it passed."""
        if self.breaker.state is not State.CLOSED:
            raise self._open(self.breaker.wait_s)

    def recover(self) -> None:
        """Sends the canary if it is due; nobody waits for it."""
        if self.breaker.state is State.HALF_OPEN:
            self._asking.start()

    async def _canary(self, most_s: float | None) -> None:
        """Waits for the canary, which goes on when its caller does not. Raises `CircuitOpen`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._asking()
        self.check()

    async def _try(self) -> None:
        try:
            await self._ask_canary()
        except LlmError as error:
            if error.breaker:
                self._why = error.detail
                self.breaker.failed()
                return
        self.breaker.succeeded()
        _log.info("model_server_is_back", server=self._server)

    def _open(self, wait_s: float) -> CircuitOpen:
        state = f"left alone for another {wait_s:.0f} s" if wait_s else "tried with one token"
        return CircuitOpen(
            f"the server is {state}, for its last call failed: {self._why}",
            server=self._server,
            retry_after_s=wait_s,
        )

    def succeeded(self) -> None:
        self._aborts, self._missing = 0, None
        self.breaker.succeeded()

    def failed(self, error: LlmError, *, listed: bool = False) -> None:
        """Counts a failure for what it is; a kept connection that had ended is none of the server's.

        `listed`: the server has said that it has the model, so that a word to the contrary may be its last.
        """
        if isinstance(error, BackendUnavailable) and error.stale:
            return
        self._aborts = self._aborts + 1 if isinstance(error, GenerationAborted) else 0
        if isinstance(error, ModelNotFound):
            if listed:
                return
            until = asyncio.get_running_loop().time() + self._clocks(self._clocks.probe_again_s)
            self._missing = (error, until)
            _log.warning("model_not_found", server=self._server, detail=error.detail)
        elif error.breaker or self._aborts >= _THIRD:
            self._why = error.detail
            before = self.breaker.state
            self.breaker.failed(
                refused=isinstance(error, BackendUnavailable) and error.refused,
                weight=_OF_A_WAIT if isinstance(error, TookTooLong) else 1,
            )
            if before is State.CLOSED and self.breaker.state is not State.CLOSED:
                _log.warning("model_server_is_left_alone", server=self._server, code=error.code)

    async def aclose(self) -> None:
        await self._asking.aclose()
