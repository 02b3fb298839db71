"""The dialect of vLLM and its like: the request to `/chat/completions` and the reading of its events."""

from __future__ import annotations

from typing import Any

from app.llm.call import ModelCall
from app.llm.classify import from_event
from app.llm.errors import GenerationAborted, LlmError, MalformedResponse, Repetition, StreamInterrupted
from app.llm.stream import Answer, Reading, count, json_object

_DONE = b"[DONE]"
_STOPS_MOST = 4
_FATAL = {"abort": GenerationAborted, "repetition": Repetition}


def request(
    call: ModelCall, *, model: str, max_tokens: int, prefill: bool, warmer: bool = False
) -> dict[str, Any]:
    """The body of a call. Every sampling field is sent, or the model's own defaults would apply.

    `prefill` starts the reply with the call's; `warmer` is the try after a loop.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": call.system}, {"role": "user", "content": call.prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": max_tokens,
        "max_tokens": max_tokens,
        "temperature": call.temperature + (0.1 if warmer else 0.0),
        "top_p": 0.95,
        "top_k": -1,
        "min_p": 0.0,
        "repetition_penalty": 1.05 if warmer else 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "n": 1,
    }
    if call.stop:
        body["stop"] = list(call.stop[:_STOPS_MOST])
    if call.seed is not None:
        body["seed"] = call.seed + (1 if warmer else 0)
    if call.schema is not None:
        named = {"name": "reply", "schema": call.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    if prefill:
        body["messages"].append({"role": "assistant", "content": call.prefill})
        body |= {"add_generation_prompt": False, "continue_final_message": True}
    return body


class VllmReading(Reading):
    """Success is a `finish_reason` of "stop" (or "length", which is told), and the stream's own end.

    The end is `[DONE]`, or usage followed by a clean end of the body. An unstreamed reply, which holds a
    whole message instead of deltas, ends with itself.
    """

    _finish: str | None = None
    _usage: dict[str, Any] | None = None
    _clean_end = False
    _empty = True

    def __init__(self, *, constrained: bool, text_limit: int, loop_chars: int = 0) -> None:
        super().__init__(constrained=constrained, text_limit=text_limit, loop_chars=loop_chars)
        self._data: list[bytes] = []
        self._said_done = False

    def take(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif line.lstrip().startswith(b"{"):
            self._event(line)
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            self._dispatch(data)

    def close(self, *, framed: bool) -> None:
        cut = self._lines.unfinished and not framed
        super().close(framed=framed)
        if framed and self._data:
            self.take(b"")
        self._clean_end = not (cut or self._data)

    def _dispatch(self, data: bytes) -> None:
        if data.strip() == _DONE:
            self._said_done = self.done = True
        elif data.strip():
            self._event(data)

    def _event(self, data: bytes) -> None:
        event = json_object(data)
        if event.get("error"):
            raise from_event(event["error"])
        self.model = event.get("model") or self.model
        if isinstance(event.get("usage"), dict):
            self._usage = event["usage"]
        self._empty = False
        choices = event.get("choices")
        if not isinstance(choices, list):
            raise MalformedResponse(f"not an event of a chat completion: {data[:80]!r}")
        for choice in choices:
            self._choice(choice)

    def _choice(self, choice: object) -> None:
        if not isinstance(choice, dict) or choice.get("index", 0) != 0:
            return
        said = choice.get("delta") or choice.get("message") or {}
        if not isinstance(said, dict):
            raise MalformedResponse("a choice of the reply holds no message")
        self.started = True
        self.say(said.get("content"), said.get("reasoning") or said.get("reasoning_content"))
        self._finish = choice.get("finish_reason") or self._finish
        if "message" in choice:
            self._said_done = self.done = True

    def answer(self) -> Answer:
        if self._finish is None or not self._ended:
            raise self._unfinished()
        if self._finish not in ("stop", "length"):
            why = f"the server ended the reply for the reason {self._finish!r}"
            raise _FATAL.get(str(self._finish), MalformedResponse)(why)
        usage = self._usage or {}
        details = usage.get("prompt_tokens_details")
        return Answer(
            text=self.text,
            thinking=self.thinking,
            finish=str(self._finish),
            prompt_tokens=count(usage.get("prompt_tokens")),
            completion_tokens=count(usage.get("completion_tokens")),
            cached_tokens=count(details.get("cached_tokens")) if isinstance(details, dict) else None,
            model=self.model,
        )

    @property
    def _ended(self) -> bool:
        return self._said_done or (self._clean_end and self._usage is not None)

    def _unfinished(self) -> LlmError:
        if not self.started and not self._empty and (self._said_done or self._clean_end):
            return MalformedResponse("the reply holds no choice that was asked for")
        return StreamInterrupted(
            "the reply ended without a finish_reason"
            if self._finish is None
            else "the reply ended before the server said so"
        )
