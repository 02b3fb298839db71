"""All model servers as one `Ask`: chooses a server for each call, and is the one owner of its retries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.llm.backend import Backend
from app.llm.call import Completion, ModelCall, Role
from app.llm.choose import Homes
from app.llm.clocks import Whole
from app.llm.config import LlmConfig
from app.llm.errors import ConfigError, LlmError
from app.llm.retry import Budget, Tries
from app.llm.slots import Slots
from app.llm.status import BackendStatus
from app.llm.tokens import MemoryRatios, TokenRatios


class _Pool:
    """The servers of one role."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self.backends = {backend.config.url: backend for backend in backends}
        self.budget, self._homes = Budget(), Homes()

    def others(self, tries: Tries, than: str) -> bool:
        """Whether a server that is well is left to turn to."""
        return any(
            url != than and url not in tries.failed_at and backend.well
            for url, backend in self.backends.items()
        )

    def choose(self, task_id: str, tries: Tries) -> Backend:
        """The task's server; one that is well before one that is left alone."""
        left = {url: backend for url, backend in self.backends.items() if url not in tries.failed_at}
        well = {url: backend.load for url, backend in left.items() if backend.well}
        if well:
            for url in left.keys() - well.keys():
                left[url].recover()
        return self.backends[self._homes.choose(task_id, well or {url: left[url].load for url in left})]


class ModelServers:
    """Asks the model server of a call's role, as often and as long as it makes sense.

    Built without touching the network; `aclose` ends every connection. `ratios` keeps what is learnt of
    tokens, `slots` may make slots hold across processes.
    """

    def __init__(
        self, config: LlmConfig, *, ratios: TokenRatios | None = None, slots: Slots | None = None
    ) -> None:
        self._clocks = config.clocks
        kept = ratios or MemoryRatios()
        backends = [
            Backend(server, config.clocks, ratios=kept, room=config.queue, slots=slots)
            for server in config.servers
        ]
        self._pools = {role: _Pool([b for b in backends if b.config.role is role]) for role in Role}

    async def __call__(self, call: ModelCall) -> Completion:
        """Raises an `LlmError` with the number of `attempts`; cancellation closes the connection at once."""
        pool = self._pools[call.role]
        if not pool.backends:
            raise ConfigError(f"no model server is set for the role {call.role.value}")
        pool.budget.earn()
        tries = Tries(self._clocks, pool.budget, patient=call.role is Role.CODER)
        try:
            async with Whole(call.deadline_s) as whole:
                return await self._until_it_helps(call, pool, tries, whole)
        except LlmError as error:
            error.attempts = tries.number
            raise

    async def _until_it_helps(self, call: ModelCall, pool: _Pool, tries: Tries, whole: Whole) -> Completion:
        while True:
            backend = pool.choose(call.task_id, tries)
            url = backend.config.url
            patient = tries.patient and not pool.others(tries, url)
            try:
                return await backend.ask(call, tries, whole, patient=patient)
            except LlmError as error:
                pause = tries.pause_after(error, url, others=pool.others(tries, url), whole=whole)
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    async def status(self) -> tuple[BackendStatus, ...]:
        """How each server stands, asked now and side by side; never raises for a server in trouble."""
        backends = [backend for pool in self._pools.values() for backend in pool.backends.values()]
        return tuple(await asyncio.gather(*(backend.status() for backend in backends)))

    async def aclose(self) -> None:
        for pool in self._pools.values():
            for backend in pool.backends.values():
                await backend.aclose()
