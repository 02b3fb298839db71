"""A model that says one reply after the other, for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.llm.call import Completion, ModelCall


def cut(text: str, **figures: Any) -> Completion:
    return said(text, finish="length", **figures)


def said(text: str, *, finish: str = "stop", **figures: Any) -> Completion:
    return Completion(text=text, finish=finish, model="m", backend="vllm", server="s", **figures)


@dataclass
class Scripted:
    """Says its replies, raises its errors; the last of them does not run out."""

    replies: list[Completion | BaseException]
    calls: list[ModelCall] = field(default_factory=list)

    async def __call__(self, call: ModelCall) -> Completion:
        self.calls.append(call)
        reply = self.replies[min(len(self.calls), len(self.replies)) - 1]
        if isinstance(reply, BaseException):
            raise reply
        return reply
