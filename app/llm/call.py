"""A model call and its completion: what the stages ask of a model server and what they get back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.domain import JsonObject


class Role(StrEnum):
    PM = "pm"
    CODER = "coder"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One question to a model.

    `key` names the call within its task ("plan.1", "step-3.2"); with the task's id it is the natural key
    by which a finished call is never paid twice. `system` and `prompt` hold the whole prompt, volatile text
    last. `schema` (portable JSON-schema subset) constrains the reply; `prefill` starts it where the server
    can do that, and where it cannot, `prompt_without_prefill` (if any) is asked in place of `prompt`.
    `max_tokens` is in tokens, `deadline_s` in seconds for the whole call with its retries.
    `started` is told once the reply has begun: from then on its prompt is in the server's prefix cache.
    """

    task_id: str
    key: str
    role: Role
    system: str
    prompt: str
    max_tokens: int
    schema: JsonObject | None = None
    prefill: str = ""
    prompt_without_prefill: str = ""
    temperature: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    priority: int = 0
    deadline_s: float = 600.0
    started: Callable[[], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model answered. `finish` is "stop", or "length" for a reply cut at `max_tokens` or the window.

    Token counts are None where the server did not say; durations are in milliseconds. `text` never
    repeats the prefill; `prefilled` tells that the server was given it. `backend` is "ollama" or "vllm"
    (the dialect), `server` the base URL.
    """

    text: str
    finish: str
    model: str
    backend: str
    server: str
    thinking: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    duration_ms: int = 0
    first_token_ms: int | None = None
    attempts: int = 1
    prefilled: bool = False
    request_id: str = ""

    @property
    def whole(self) -> bool:
        """Only a reply that the model itself ended is one; a cut reply is material for a continuation."""
        return self.finish == "stop"


class Ask(Protocol):
    """Asks a model. Raises a subclass of `app.llm.errors.LlmError`; `CancelledError` passes through."""

    async def __call__(self, call: ModelCall) -> Completion: ...
