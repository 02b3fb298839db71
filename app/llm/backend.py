"""One model server in one role: what is known of it, whether it is asked at all, and its status."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from app.llm import ollama, vllm
from app.llm.admission import Admission
from app.llm.advice import advise
from app.llm.asking import Asking, Place
from app.llm.breaker import State
from app.llm.call import Completion, ModelCall
from app.llm.clocks import Whole
from app.llm.config import Clocks, Dialect, ServerConfig
from app.llm.errors import (
    BackendOverloaded,
    CircuitOpen,
    ContextOverflow,
    FirstTokenTimeout,
    LlmError,
    ModelNotFound,
    StallTimeout,
)
from app.llm.exchange import Exchange, Question
from app.llm.flight import Flight
from app.llm.http import Http
from app.llm.pace import Pace
from app.llm.probe import Facts, look
from app.llm.retry import Tries
from app.llm.slots import FairQueue, Slots, Width
from app.llm.status import BackendStatus
from app.llm.tokens import Estimator, TokenRatios
from app.llm.warmth import Warmth

_CANARY = 1
_FIRST = -1_000_000
_COUNTED = ("model", "messages", "add_generation_prompt", "continue_final_message")


class Backend:
    """Asks one server; everything learnt of it stays here. Touches no network until it is used."""

    def __init__(
        self, config: ServerConfig, clocks: Clocks, *, ratios: TokenRatios, room: int, slots: Slots | None
    ) -> None:
        self.config, self._clocks = config, clocks
        self._http = Http(
            config.url,
            api_key=config.api_key,
            login=config.login,
            connections=config.slots,
            clocks=clocks,
        )
        self._exchange = Exchange(self._http, config, clocks)
        self._admission = Admission(config.url, clocks, self._canary)
        width = Width(config.slots, adaptive=config.dialect is Dialect.VLLM)
        self._queue = FairQueue(width, room=room, server=config.url)
        self._warmth = Warmth(self._http, config, clocks, self.look)
        self._facts: Facts | None = None
        self._looked = 0.0
        self._looking = Flight(self.look)
        self._asking = Asking(
            config,
            self._exchange,
            queue=self._queue,
            slots=slots,
            pace=Pace(clocks),
            estimator=Estimator(ratios),
            check=self._admission.check,
        )

    @property
    def load(self) -> int:
        """Calls in flight and waiting."""
        return self._queue.in_use + self._queue.waiting

    @property
    def well(self) -> bool:
        """False while the breaker holds calls back, or lets one token through."""
        return self._admission.breaker.state is State.CLOSED

    def recover(self) -> None:
        """Finds out, in the background, whether it is well again."""
        self._admission.recover()

    async def ask(self, call: ModelCall, tries: Tries, whole: Whole, *, patient: bool) -> Completion:
        """One try of a call. Raises an `LlmError`, having learnt from it.

        A `patient` call for which the server fell while it waited for its slot is let in once more.
        """
        while True:
            await self._admission(patient=patient)
            try:
                completion = await self._answer(call, tries, whole)
                break
            except CircuitOpen:
                if not patient:
                    raise
            except LlmError as error:
                error.server = error.server or self.config.url
                self._learn(error)
                raise
        self._admission.succeeded()
        self._queue.width.widen()
        if self.config.dialect is Dialect.OLLAMA:
            self._warmth.used()
        return completion

    async def _answer(self, call: ModelCall, tries: Tries, whole: Whole) -> Completion:
        place = await self._place()
        try:
            return await self._asking(call, place, tries, whole)
        except ModelNotFound:
            if self.config.model != "auto":
                raise
            self._facts = None
            anew = await self._place()
            if anew.model == place.model:
                raise
            return await self._asking(call, anew, tries, whole)

    def _learn(self, error: LlmError) -> None:
        listed = self._facts.models if self._facts is not None else ()
        if isinstance(error, ModelNotFound) and not any(name in error.detail for name in listed):
            error.detail = f"{error.detail}; the server lists {', '.join(listed) or 'no model'}"
        self._admission.failed(error, listed=self._serves())
        busy = isinstance(error, BackendOverloaded) and not error.ours
        if busy or isinstance(error, FirstTokenTimeout):
            self._queue.width.narrow()
        if error.breaker:
            self._warmth.doubt()
        if isinstance(error, ContextOverflow | ModelNotFound):
            self._facts = None

    def _serves(self) -> bool:
        return self._facts is not None and bool(self._facts.serves(self.config.model))

    async def look(self) -> Facts:
        """What the server says of itself now; calls go by what it said before if it is too slow to say."""
        said = await look(self._http, self.config, self._clocks)
        self._looked = asyncio.get_running_loop().time()
        if self._facts is None or self._facts.trouble or not said.trouble or said.unconnected:
            self._facts = said
        return said

    async def _model(self) -> str:
        return self._name(await self._known()) if self.config.model == "auto" else self.config.model

    async def _place(self) -> Place:
        model = await self._model()
        if self.config.dialect is Dialect.OLLAMA:
            await self._warmth(model)
        facts = await self._known()
        windows = [window for window in (self.config.window, facts.window) if window is not None]
        return Place(
            model=model,
            window=min(windows, default=None),
            shortens=facts.may_truncate,
            is_ollama=self.config.dialect is Dialect.OLLAMA or facts.in_disguise,
            continues=facts.continues,
            count=lambda call: self._count(model, call),
        )

    async def _known(self) -> Facts:
        """What the server said last, asked again after a while if it was in trouble then."""
        now = asyncio.get_running_loop().time()
        facts = self._facts
        old = now - self._looked > self._clocks(self._clocks.probe_again_s)
        unclear = facts is not None and (facts.trouble or (facts.in_disguise and facts.window is None))
        if facts is None or facts.unconnected or (unclear and old):
            facts = await self._looking()
        facts.check_connected()
        return facts

    def _name(self, facts: Facts) -> str:
        name = facts.name_of("auto")
        if name is None:
            self._facts = None
            if facts.trouble is not None:
                raise facts.trouble
            raise ModelNotFound(f"asked for the only model, but {len(facts.models)} are listed")
        return name

    async def _count(self, model: str, call: ModelCall) -> int | None:
        """The tokens of the prompt and the prefill as vLLM counts them; None where the server cannot tell."""
        if self.config.dialect is not Dialect.VLLM:
            return None
        sent = vllm.request(call, model=model, max_tokens=1, prefill=bool(call.prefill))
        body = ollama.encode({name: sent[name] for name in _COUNTED if name in sent})
        try:
            async with asyncio.timeout(self._clocks(self._clocks.probe_s)):
                url = f"{self.config.url.removesuffix('/v1')}/tokenize"
                async with self._http.post(url, body, fresh=True) as reply:
                    said = json.loads(await reply.read()) if reply.status == HTTPStatus.OK else {}
        except (TimeoutError, ValueError, LlmError):
            return None
        counted = said.get("count") if isinstance(said, dict) else None
        return counted if isinstance(counted, int) else None

    async def _canary(self) -> None:
        """Lets the server make one token, of a loaded model. Raises an `LlmError`."""
        call = ModelCall(
            task_id="canary", key="1", role=self.config.role, system="", prompt="Say yes.", max_tokens=_CANARY
        )
        if self.config.model == "auto":
            await self.look()
        model = await self._model()
        if self.config.dialect is Dialect.OLLAMA:
            self._warmth.doubt()
            await self._warmth(model)
        body = (
            ollama.request(call, model=model, window=self.config.window, max_tokens=_CANARY)
            if self.config.dialect is Dialect.OLLAMA
            else vllm.request(call, model=model, max_tokens=_CANARY, prefill=False)
        )
        first_s, stall_s = self._clocks(self._clocks.first_token_s), self._clocks(self._clocks.stall_s)
        question = Question(
            body=ollama.encode(body),
            request_id="canary",
            first_s=first_s,
            stall_s=stall_s,
            max_tokens=_CANARY,
        )
        async with self._queue.hold("canary", priority=_FIRST):
            try:
                async with asyncio.timeout(first_s + stall_s):
                    await self._exchange(question)
            except TimeoutError as late:
                raise StallTimeout("one token was asked for, and its reply does not end") from late

    async def status(self) -> BackendStatus:
        """How it stands, asked now."""
        facts, breaker = await self.look(), self._admission.breaker.state
        return BackendStatus(
            role=self.config.role,
            url=self.config.url,
            dialect=self.config.dialect.value,
            model=facts.name_of(self.config.model) or self.config.model,
            reachable=facts.reachable,
            version=facts.version,
            models=facts.models,
            served=facts.serves(self.config.model),
            context_window=facts.window or self.config.window,
            slots_in_use=self._queue.in_use,
            slots=self._queue.width(),
            waiting=self._queue.waiting,
            breaker=breaker.value,
            advice=advise(self.config, facts, breaker),
        )

    async def aclose(self) -> None:
        await self._looking.aclose()
        await self._admission.aclose()
        await self._warmth.aclose()
        await self._http.aclose()
