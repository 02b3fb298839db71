"""`/api/generate` to a chat completion and back, as pure functions over JSON values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from app.domain import JsonObject

UNSUPPORTED = ("suffix", "images", "context", "template", "raw")

# Ollama's option → llama.cpp's field, the type Ollama holds it to, Ollama's default
OPTIONS: dict[str, tuple[str, type, Any]] = {
    "num_predict": ("max_tokens", int, -1),
    "temperature": ("temperature", float, 0.8),
    "top_k": ("top_k", int, 40),
    "top_p": ("top_p", float, 0.9),
    "min_p": ("min_p", float, 0.0),
    "typical_p": ("typical_p", float, 1.0),
    "repeat_last_n": ("repeat_last_n", int, 64),
    "repeat_penalty": ("repeat_penalty", float, 1.0),
    "presence_penalty": ("presence_penalty", float, 0.0),
    "frequency_penalty": ("frequency_penalty", float, 0.0),
    "seed": ("seed", int, -1),
    "num_keep": ("n_keep", int, 0),
}


class BadRequest(Exception):
    """A request that is refused with Ollama's status and its `{"error": …}` body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @classmethod
    def of(cls, error: JsonObject) -> BadRequest:
        """llama.cpp's error as Ollama passes it on: its whole JSON again as a string, its status kept."""
        return cls(int(error.get("code", 500)), json.dumps({"error": error}))


def chat_body(body: JsonObject) -> dict[str, Any]:
    """The chat completion that answers this `/api/generate` body. Raises BadRequest."""
    if given := [name for name in UNSUPPORTED if body.get(name)]:
        raise BadRequest(400, f"the embedded server does not support {', '.join(given)}")
    if body.get("think"):
        raise BadRequest(400, f'"{body.get("model")}" does not support thinking')
    chat: dict[str, Any] = {"messages": _messages(body), **_sampling(body.get("options") or {})}
    chat["stream_options"] = {"include_usage": True}
    if schema := body.get("format"):
        chat["response_format"] = _response_format(schema)
    return chat


def _messages(body: JsonObject) -> list[dict[str, str]]:
    system, prompt = body.get("system") or "", body["prompt"]
    if not isinstance(system, str) or not isinstance(prompt, str):
        raise BadRequest(400, "system and prompt must be strings")
    head = [{"role": "system", "content": system}] if system else []
    return [*head, {"role": "user", "content": prompt}]


def _sampling(options: object) -> dict[str, Any]:
    if not isinstance(options, dict):
        raise BadRequest(400, "options must be an object")
    fields: dict[str, Any] = {}
    for name, (field_name, kind, default) in OPTIONS.items():
        value = options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else kind):
            raise BadRequest(400, f'option "{name}" must be of type {kind.__name__}')
        fields[field_name] = value
    stop = options.get("stop", [])
    if not isinstance(stop, list) or not all(isinstance(word, str) for word in stop):
        raise BadRequest(400, 'option "stop" must be a list of strings')
    return {**fields, "stop": stop}


def _response_format(schema: object) -> dict[str, Any]:
    if schema == "json":
        return {"type": "json_object"}
    if not isinstance(schema, dict):
        raise BadRequest(500, f'invalid format: {json.dumps(schema)}; expected "json" or a JSON schema')
    return {"type": "json_schema", "json_schema": {"name": "format", "schema": schema}}


@dataclass(slots=True)
class Answer:
    """What a stream of chat chunks adds up to; times are in nanoseconds, as Ollama gives them."""

    started_ns: int
    finish: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    def take(self, chunk: JsonObject) -> str:
        """The chunk's text, "" where it has none; counts and the end are kept."""
        self.usage = chunk.get("usage") or self.usage
        self.timings = chunk.get("timings") or self.timings
        text = ""
        for choice in chunk.get("choices", ()):
            self.finish = choice.get("finish_reason") or self.finish
            text += choice.get("delta", {}).get("content") or ""
        return text

    def totals(self, now_ns: int) -> dict[str, Any]:
        """The fields of the last record. Without an end from the model, `done` is false, as Ollama has it."""
        if self.finish is None:
            return {"done": False}
        return {
            "done": True,
            "done_reason": self.finish,
            "total_duration": now_ns - self.started_ns,
            "load_duration": 0,
            "prompt_eval_count": self.usage.get("prompt_tokens", 0),
            "prompt_eval_duration": round(self.timings.get("prompt_ms", 0) * 1e6),
            "eval_count": self.usage.get("completion_tokens", 0),
            "eval_duration": round(self.timings.get("predicted_ms", 0) * 1e6),
        }
