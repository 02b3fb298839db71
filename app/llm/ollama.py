"""Ollama's dialect: the request to `/api/generate` and the reading of its stream."""

from __future__ import annotations

import json
from typing import Any

from app.llm.call import ModelCall
from app.llm.classify import from_event
from app.llm.errors import GenerationAborted, LlmError, MalformedResponse, Repetition, StreamInterrupted
from app.llm.runaway import in_circles
from app.llm.stream import Answer, Reading, count, json_object

KEEP_ALIVE = "30m"
NUM_KEEP = 4
_NANO = 1e9


def request(
    call: ModelCall, *, model: str, window: int | None, max_tokens: int, warmer: bool = False
) -> dict[str, Any]:
    """The body of a call. `window` is the one `num_ctx` of this model; `warmer` is the try after a loop."""
    options: dict[str, Any] = {
        "num_keep": NUM_KEEP,
        "num_predict": max_tokens,
        "temperature": call.temperature + (0.1 if warmer else 0.0),
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.0,
        "repeat_penalty": 1.05 if warmer else 1.0,
    }
    if window is not None:
        options["num_ctx"] = window
    if call.stop:
        options["stop"] = list(call.stop)
    if call.seed is not None:
        options["seed"] = call.seed + (1 if warmer else 0)
    body: dict[str, Any] = {
        "model": model,
        "system": call.system,
        "prompt": call.prompt,
        "stream": True,
        "think": False,
        "truncate": False,
        "shift": True,
        "keep_alive": KEEP_ALIVE,
        "options": options,
    }
    return body if call.schema is None else body | {"format": call.schema}


def warm_up(model: str, window: int | None) -> dict[str, Any]:
    """The body that loads a model and asks nothing."""
    options = {} if window is None else {"num_ctx": window}
    return {"model": model, "prompt": "", "stream": False, "keep_alive": KEEP_ALIVE, "options": options}


def same_model(one: str, other: str) -> bool:
    """Ollama's names mean `:latest` where they have no tag."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")


class OllamaReading(Reading):
    """Success is a record with `done: true` and `done_reason: "stop"` (or "length", which is told)."""

    _last: dict[str, Any] | None = None
    _ended_by_server = False

    def take(self, line: bytes) -> None:
        if not line.strip():
            return
        record = json_object(line)
        if "error" in record:
            raise from_event(record["error"])
        if not isinstance(record.get("done"), bool) or not ({"response", "thinking"} & record.keys()):
            raise MalformedResponse(f"not a record of a generation: {line[:80]!r}")
        self.started = True
        self.model = record.get("model") or self.model
        self.say(record.get("response"), record.get("thinking"))
        self._last, self.done = record, record["done"]

    def answer(self) -> Answer:
        last = self._last
        if last is None or not self.done:
            raise self._unfinished()
        finish = last.get("done_reason", "")
        if finish not in ("stop", "length"):
            raise GenerationAborted(f"the server ended the reply for the reason {finish or 'none'!r}")
        load = last.get("load_duration", 0)
        return Answer(
            text=self.text,
            thinking=self.thinking,
            finish=finish,
            prompt_tokens=count(last.get("prompt_eval_count")),
            completion_tokens=count(last.get("eval_count")),
            cached_tokens=None,
            model=self.model,
            load_s=load / _NANO if isinstance(load, int) else 0.0,
        )

    def close(self, *, framed: bool) -> None:
        super().close(framed=framed)
        self._ended_by_server = framed

    def _unfinished(self) -> LlmError:
        if not self._ended_by_server or self._last is None:
            return StreamInterrupted("the reply ended without its last record")
        if in_circles(self.text or self.thinking):
            return Repetition("the server stopped a reply that ran in circles")
        return GenerationAborted("the server ended the reply with done: false")


def encode(body: dict[str, Any]) -> bytes:
    """The body as compact UTF-8 JSON, made once for all tries."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
