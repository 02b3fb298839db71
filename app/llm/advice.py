"""The sentences that tell an operator what to change at a model server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from app.llm.breaker import State
from app.llm.config import Dialect, ServerConfig
from app.llm.errors import AuthError, ConfigError
from app.llm.probe import Facts

_SETTING = {Dialect.OLLAMA: "JR_OLLAMA_URL", Dialect.VLLM: "JR_VLLM_URL"}
_KEY = {Dialect.OLLAMA: "JR_OLLAMA_API_KEY", Dialect.VLLM: "JR_VLLM_API_KEY"}
_MODEL = {Dialect.OLLAMA: "JR_PM_MODEL", Dialect.VLLM: "JR_CODER_MODEL"}
_SMALL_WINDOW, _ENOUGH = 4096, 16384


def advise(config: ServerConfig, facts: Facts, breaker: State) -> tuple[str, ...]:
    """What to change, most urgent first; empty where all is well."""
    if facts.trouble is not None:
        return tuple(_on_trouble(config, facts))
    return (*_on_model(config, facts), *_on_window(config, facts), *_on_the_rest(config, facts, breaker))


def _on_trouble(config: ServerConfig, facts: Facts) -> Iterator[str]:
    if isinstance(facts.trouble, AuthError):
        yield f"The server refuses the API key: set {_KEY[config.dialect]} to the one it was started with."
    elif isinstance(facts.trouble, ConfigError) and facts.trouble.path:
        yield _base_path(config)
    elif isinstance(facts.trouble, ConfigError) and facts.trouble.key:
        yield f"Mend {_KEY[config.dialect]}: {facts.trouble.detail}."
    elif facts.unconnected:
        server = "`ollama serve`" if config.dialect is Dialect.OLLAMA else "the vLLM server"
        yield f"No model server answers at {config.url}: start {server}, or set {_SETTING[config.dialect]}."
    elif facts.trouble is not None:
        yield f"Look at the server's log, or at {_SETTING[config.dialect]}: {facts.trouble.detail}."
    if urlsplit(config.url).hostname == "localhost":
        yield f"Write 127.0.0.1 instead of localhost in {_SETTING[config.dialect]}: servers listen on IPv4."


def _base_path(config: ServerConfig) -> str:
    setting = _SETTING[config.dialect]
    if config.dialect is Dialect.VLLM:
        end = "ends in /v1 twice" if config.url.endswith("/v1/v1") else "should end in /v1"
        return f"The base path in {setting} is wrong: it {end}."
    if not urlsplit(config.url).path:
        return f"What answers at {config.url} is no Ollama server: set {setting} to the address of one."
    return f"The base path in {setting} is wrong: it should be the server's address without a path."


def _on_model(config: ServerConfig, facts: Facts) -> Iterator[str]:
    served = ", ".join(facts.models) or "none"
    setting = _MODEL[config.dialect]
    if config.model == "auto" and facts.name_of("auto") is None:
        yield f"{setting} is auto, but the server lists {len(facts.models)} models: name one of {served}."
    elif facts.serves(config.model) is False:
        pull = f", or run `ollama pull {config.model}`" if config.dialect is Dialect.OLLAMA else ""
        yield f"The server has no model {config.model}: set {setting} to one it has ({served}){pull}."


def _on_window(config: ServerConfig, facts: Facts) -> Iterator[str]:
    if facts.window is None:
        return
    if config.window is not None and facts.window < config.window:
        yield (
            f"The model is loaded with a window of {facts.window} tokens, Jr asks for {config.window}: "
            f"set OLLAMA_CONTEXT_LENGTH={config.window} on the server, or JR_PM_CONTEXT={facts.window}."
        )
    elif facts.window < _SMALL_WINDOW and not facts.in_disguise:
        longer = "OLLAMA_CONTEXT_LENGTH" if config.dialect is Dialect.OLLAMA else "--max-model-len"
        yield f"A window of {facts.window} tokens is too small for most tasks: raise {longer}."


def _on_the_rest(config: ServerConfig, facts: Facts, breaker: State) -> Iterator[str]:
    if breaker is not State.CLOSED:
        yield "The server answers, but its last calls failed: look at its log; Jr asks it again by itself."
    if facts.on_gpu is not None and facts.on_gpu < 1:
        yield (
            f"Only {facts.on_gpu:.0%} of the model is on the GPU, which makes it many times slower: "
            "free GPU memory, or take a smaller model or window."
        )
    if facts.in_disguise and (facts.window or 0) < _ENOUGH:
        window = "" if facts.window is None else f" of {facts.window} tokens"
        yield (
            f"What answers at {config.url} is Ollama, which drops a part of a prompt longer than its window"
            f"{window} in silence: set OLLAMA_CONTEXT_LENGTH={_ENOUGH} or more on it."
        )
    if facts.may_truncate and not facts.in_disguise:
        yield f"Ollama {facts.version} shortens long prompts in silence: update it to 0.12.4 or later."
    if urlsplit(config.url).hostname == "localhost":
        yield f"Write 127.0.0.1 instead of localhost in {_SETTING[config.dialect]}: servers listen on IPv4."
