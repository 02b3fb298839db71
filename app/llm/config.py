"""What the client is told of the model servers: where they are, what they serve, how long to wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from app.llm.call import Role


class Dialect(StrEnum):
    OLLAMA = "ollama"
    VLLM = "vllm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Every wait in seconds.

    The first token may take `first_token_s`, plus four times what the prompts ahead and this one should
    need at `prefill_rate` tokens a second (a first guess, then measured). Before that `load_s` is for loading
    Ollama's model; its callers wait `load_unseen_s` for a load that the server does not tell of. `scale`
    shortens all of them alike, for tests.
    """

    connect_s: float = 3.0
    write_s: float = 30.0
    first_token_s: float = 20.0
    prefill_rate: float = 200.0
    load_s: float = 600.0
    load_unseen_s: float = 45.0
    stall_s: float = 20.0
    probe_s: float = 5.0
    probe_again_s: float = 30.0
    idle_s: float = 60.0
    backoff_s: float = 0.5
    backoff_most_s: float = 20.0
    open_s: float = 5.0
    open_most_s: float = 60.0
    scale: float = 1.0

    def __call__(self, seconds: float) -> float:
        return seconds * self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """One model server in one role. `url` is the base: Ollama's without, vLLM's with `/v1`.

    `model` may be "auto": the only one the server lists. `window` is the context Ollama is asked for, in
    tokens; None leaves it to the server. `slots` bounds the calls in flight. `login` is `name:password`; the
    URL is shown to callers and does not hold it.
    """

    role: Role
    dialect: Dialect
    url: str
    model: str
    slots: int
    window: int | None = None
    api_key: str | None = field(default=None, repr=False)
    login: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmConfig:
    """All model servers. The PM's speak Ollama's dialect, the coder's vLLM's."""

    ollama_urls: tuple[str, ...] = ("http://127.0.0.1:11434",)
    vllm_urls: tuple[str, ...] = ("http://127.0.0.1:8000/v1",)
    pm_model: str = "executive_jr"
    coder_model: str = "auto"
    ollama_api_key: str | None = field(default=None, repr=False)
    vllm_api_key: str | None = field(default=None, repr=False)
    pm_slots: int = 1
    coder_slots: int = 8
    pm_context: int = 16_384
    queue: int = 10_000
    clocks: Clocks = Clocks()

    @property
    def servers(self) -> tuple[ServerConfig, ...]:
        pm = (
            ServerConfig(
                role=Role.PM,
                dialect=Dialect.OLLAMA,
                url=plain,
                login=login,
                model=self.pm_model,
                slots=self.pm_slots,
                window=self.pm_context,
                api_key=self.ollama_api_key,
            )
            for plain, login in map(_without_login, self.ollama_urls)
        )
        coder = (
            ServerConfig(
                role=Role.CODER,
                dialect=Dialect.VLLM,
                url=plain,
                login=login,
                model=self.coder_model,
                slots=self.coder_slots,
                api_key=self.vllm_api_key,
            )
            for plain, login in map(_without_login, self.vllm_urls)
        )
        return (*pm, *coder)


def _without_login(url: str) -> tuple[str, str | None]:
    """The base URL without a user name and password, and those as `name:password`."""
    parts = urlsplit(url.rstrip("/"))
    login, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), unquote(login) or None
