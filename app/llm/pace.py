"""How fast one server is, as seen from here, and how long its tokens may therefore take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.llm.config import Clocks

_LEARN = 0.2
_SLOWEST, _FASTEST = 5.0, 1000.0
_PATIENCE = 4
_GAPS = 50
_TELLING_TOKENS = 200


class Pace:
    """Learns the prefill rate and the gap between pieces of a reply. Rates in tokens a second."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._rate = clocks.prefill_rate
        self._gap_s = 0.0
        self._ahead = 0

    @contextmanager
    def sending(self, tokens: int) -> Iterator[float]:
        """Counts a prompt as ahead of those that come later; gives seconds its first token may take."""
        self._ahead += tokens
        try:
            yield self._clocks(self._clocks.first_token_s + _PATIENCE * self._ahead / self._rate)
        finally:
            self._ahead -= tokens

    @property
    def stall_s(self) -> float:
        """Seconds of silence a reply may have."""
        return max(self._clocks(self._clocks.stall_s), _GAPS * self._gap_s)

    def learn(
        self,
        *,
        prompt_tokens: int | None,
        cached_tokens: int | None,
        first_token_s: float,
        rest_s: float,
        pieces: int,
    ) -> None:
        """Takes in how a whole reply came.

        What a cache held was not read. Where the server is silent about its cache, only a prompt that was
        slower than thought says something.
        """
        read = (prompt_tokens or 0) - (cached_tokens or 0)
        if read >= _TELLING_TOKENS and first_token_s > 0:
            seen = min(max(self._clocks(read) / first_token_s, _SLOWEST), _FASTEST)
            if cached_tokens is not None or seen < self._rate:
                self._rate += _LEARN * (seen - self._rate)
        if pieces > 1:
            self._gap_s += _LEARN * (rest_s / pieces - self._gap_s)
