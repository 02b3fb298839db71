"""How many tokens a prompt will be: estimated from its bytes, learned from what servers count."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

_BYTES_PER_TOKEN = 3.6
_FEWEST_BYTES, _MOST_BYTES = 1.0, 8.0
_LEARN, _LEARN_AT_FIRST = 0.2, 0.5
_LEARN_FROM = 64
_WORTH_KEEPING = 0.05
_TEMPLATE = 16
_RUNS = re.compile(rb"(\s)\s+|(.)\2{2,}", re.DOTALL)


class TokenRatios(Protocol):
    """Keeps the learned bytes per token of each model, across processes."""

    async def read(self, model: str) -> float | None:
        """The ratio last written for the model."""

    async def write(self, model: str, bytes_per_token: float) -> None:
        """Keeps a ratio."""


class MemoryRatios:
    """Ratios for the life of one process."""

    def __init__(self) -> None:
        self._ratios: dict[str, float] = {}

    async def read(self, model: str) -> float | None:
        return self._ratios.get(model)

    async def write(self, model: str, bytes_per_token: float) -> None:
        self._ratios[model] = bytes_per_token


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens of a prompt: surely more than `low`, about `likely`, hardly more than `high`."""

    low: int
    likely: int
    high: int


class Estimator:
    """Estimates prompts of one model, ever better."""

    def __init__(self, ratios: TokenRatios) -> None:
        self._ratios = ratios
        self._ratio: float | None = None
        self._written = 0.0

    async def estimate(self, model: str, prompt: bytes) -> Estimate:
        if self._ratio is None:
            self._ratio = 0.0
            with suppress(Exception):  # a guess will do where the memory fails
                self._ratio = self._written = await self._ratios.read(model) or 0.0
        await self._keep(model)
        low = int(len(_RUNS.sub(rb"\1\2", prompt)) / _MOST_BYTES)
        if self._ratio:
            likely = int(len(prompt) / self._ratio) + _TEMPLATE
            return Estimate(low, max(low, likely), max(low, int(likely * 1.25)))
        words = int(len(prompt.split()) * 1.4)
        likely = max(int(len(prompt) / _BYTES_PER_TOKEN), low) + _TEMPLATE
        return Estimate(low, likely, max(int(len(prompt) / 3), words, likely) + _TEMPLATE)

    def learn(self, prompt: bytes, counted: int | None) -> None:
        """Takes in what a server counted for a prompt it answered.

        It is kept before the next call: a reply that is there is to be stored at once.
        """
        if counted is None or counted < _LEARN_FROM:
            return
        ratio = min(max(len(prompt) / counted, _FEWEST_BYTES), _MOST_BYTES)
        known, share = (self._ratio, _LEARN) if self._ratio else (_BYTES_PER_TOKEN, _LEARN_AT_FIRST)
        self._ratio = known + share * (ratio - known)

    async def _keep(self, model: str) -> None:
        if self._ratio and abs(self._ratio - self._written) > _WORTH_KEEPING * self._ratio:
            self._written = self._ratio
            with suppress(Exception):  # a call is worth more than what was learned
                await self._ratios.write(model, self._ratio)
