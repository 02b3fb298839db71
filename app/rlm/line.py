"""The line between the RLM child and its parent, as values: what the child may say and nothing else."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.rlm.limits import RlmFailed


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Said):
    role: Literal["system", "user", "assistant"]
    content: str


class Chat(_Said):
    """A completion the child asks for; `call` is its own number for it."""

    call: int
    messages: tuple[Message, ...] = Field(min_length=1)


class Answer(_Said):
    """The last line when all went well: the final text, and the files handed in by path."""

    answer: str
    files: dict[str, str]


class Broken(_Said):
    """The last line when it did not go well, with the child's own words."""

    failed: str


_SAID: TypeAdapter[Chat | Answer | Broken] = TypeAdapter(Chat | Answer | Broken)


async def read_said(reader: asyncio.StreamReader) -> Chat | Answer | Broken:
    """The child's next line. Raises RlmFailed where the line is over-long, malformed, or ends."""
    try:
        data = await reader.readline()
    except ValueError:
        raise RlmFailed("rlm_output_limit", "the RLM child sent a line longer than it may") from None
    except ConnectionError:
        data = b""
    if not data.endswith(b"\n"):
        raise RlmFailed("rlm_ended", "the RLM child ended without an answer")
    try:
        return _SAID.validate_json(data)
    except ValidationError:
        raise RlmFailed("rlm_malformed", "the RLM child sent a line that is none of its own") from None
