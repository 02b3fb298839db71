"""The parent's end of the child's line: makes the chats it asks for calls of the coder."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain import JsonObject, sha256
from app.llm.call import Ask, Completion, ModelCall, Role
from app.llm.errors import LlmError
from app.rlm.limits import RlmFailed, RlmLimits
from app.rlm.line import Answer, Broken, Chat, Message, read_said

POLITE_REFUSALS = 16
CHARS_PER_TOKEN = 3


@dataclass(slots=True, kw_only=True)
class Proxy:
    """Serves one child; `key` names the run within its task.

    A call past the budget is refused with the reason, so that the model can still answer with what it has;
    a child that does not take that for an answer is given up.
    """

    ask: Ask
    counted: Callable[[Completion], None]
    task_id: str
    key: str
    limits: RlmLimits
    _started: float = field(default_factory=time.monotonic)
    _calls: int = 0
    _tokens: int = 0
    _refusals: int = 0
    _last_error: tuple[str, str] | None = None
    _asked: Counter[str] = field(default_factory=Counter)
    _replies: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        """Answers chats until the child's last line.

        Raises RlmFailed, and whatever `ask` raises that is no LlmError.
        """
        reading = asyncio.create_task(self._read(reader, writer))
        try:
            while not reading.done():
                done, _ = await asyncio.wait(
                    {reading, *self._replies}, return_when=asyncio.FIRST_COMPLETED, timeout=1.0
                )
                for task in done - {reading}:
                    task.result()
                self._replies -= done
            return reading.result()
        finally:
            await _stop(reading, *self._replies)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        while True:
            said = await read_said(reader)
            if isinstance(said, Answer):
                return said
            if isinstance(said, Broken):
                raise self._failure(said.failed)
            self._replies.add(asyncio.create_task(self._reply(said, writer)))

    async def _reply(self, chat: Chat, writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal()
        outcome = {"error": refusal} if refusal else await self._complete(chat)
        writer.write(json.dumps({"call": chat.call, **outcome}).encode() + b"\n")
        try:
            await writer.drain()
        except ConnectionError:
            return

    def _refusal(self) -> str:
        """Why this call is past the budget, or "". Raises RlmFailed for a child that goes on asking."""
        spent = ""
        if self._calls >= self.limits.calls:
            spent = f"all {self.limits.calls} model calls of this run are used"
            self._last_error = ("rlm_call_limit", spent)
        elif self._tokens >= self.limits.tokens:
            spent = f"all {self.limits.tokens} tokens of this run are used"
            self._last_error = ("rlm_token_limit", spent)
        self._calls += not spent
        self._refusals += bool(spent)
        if self._refusals > POLITE_REFUSALS:
            raise self._failure("the RLM child goes on asking")
        return spent

    async def _complete(self, chat: Chat) -> JsonObject:
        call = self._call(chat.messages)
        try:
            completion = await self.ask(call)
        except LlmError as error:
            self._last_error = (error.code, error.detail)
            return {"error": f"{error.code}: {error.detail}"}
        self.counted(completion)
        used = (completion.prompt_tokens, completion.completion_tokens)
        told = sum(count for count in used if count is not None)
        self._tokens += (
            told or (len(call.system) + len(call.prompt) + len(completion.text)) // CHARS_PER_TOKEN
        )
        if not completion.whole:
            self._last_error = ("output_truncated", f"a reply was cut at {call.max_tokens} tokens")
            return {"error": "the reply was cut; ask for less at once"}
        return {"text": completion.text}

    def _call(self, messages: Sequence[Message]) -> ModelCall:
        """The chat as one prompt.

        Its key holds the chat's own hash: batched sub-calls come in any order, and after a crash an earlier
        reply must meet the question it answered.
        """
        system, prompt = flatten(messages)
        digest = sha256(f"{system}\0{prompt}")[:16]
        self._asked[digest] += 1
        left = self.limits.wall_s - (time.monotonic() - self._started)
        return ModelCall(
            task_id=self.task_id,
            key=f"{self.key}.rlm.{digest}.{self._asked[digest]}",
            role=Role.CODER,
            system=system,
            prompt=prompt,
            max_tokens=self.limits.reply_tokens,
            deadline_s=max(1.0, min(self.limits.call_s, left)),
        )

    def _failure(self, detail: str) -> RlmFailed:
        code, reason = self._last_error or ("rlm_failed", "")
        if reason and reason in detail:  # the child only says again what it was told
            return RlmFailed(code, reason)
        return RlmFailed(code, f"{detail} ({reason})" if reason else detail)


def flatten(messages: Sequence[Message]) -> tuple[str, str]:
    """A chat as system text and prompt; turns of more than one are headed by who speaks."""
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    turns = [message for message in messages if message.role != "system"]
    if len(turns) == 1:
        return system, turns[0].content
    spoken = "\n\n".join(f"## {turn.role}\n\n{turn.content}" for turn in turns)
    return system, f"{spoken}\n\n## assistant\n"


async def _stop(*tasks: asyncio.Task[Answer] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
