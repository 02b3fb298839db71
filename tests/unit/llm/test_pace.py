"""What a reply teaches of its server's speed, and what it cannot."""

from __future__ import annotations

from app.llm.config import Clocks
from app.llm.pace import Pace


def first_s(pace: Pace, tokens: int) -> float:
    with pace.sending(tokens) as seconds:
        return seconds


def learn(pace: Pace, *, tokens: int, cached: int | None, first_token_s: float) -> None:
    for _ in range(30):
        pace.learn(
            prompt_tokens=tokens, cached_tokens=cached, first_token_s=first_token_s, rest_s=1.0, pieces=10
        )


def test_what_a_cache_held_says_nothing_of_the_speed_of_reading() -> None:
    pace = Pace(Clocks())
    before = first_s(pace, 6000)
    learn(pace, tokens=3000, cached=2990, first_token_s=0.2)
    assert first_s(pace, 6000) == before
    learn(pace, tokens=3000, cached=2000, first_token_s=12.5)
    assert first_s(pace, 6000) > 2 * before


def test_a_fast_server_that_tells_of_its_cache_is_known_to_be_fast() -> None:
    pace = Pace(Clocks())
    before = first_s(pace, 6000)
    learn(pace, tokens=3000, cached=0, first_token_s=3.0)
    assert first_s(pace, 6000) < before / 2


def test_of_a_server_that_is_silent_about_its_cache_only_slowness_is_believed() -> None:
    pace = Pace(Clocks())
    before = first_s(pace, 6000)
    learn(pace, tokens=3000, cached=None, first_token_s=0.2)
    assert first_s(pace, 6000) == before
    learn(pace, tokens=3000, cached=None, first_token_s=37.5)
    assert first_s(pace, 6000) > 2 * before
