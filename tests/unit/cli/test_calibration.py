from __future__ import annotations

from typing import Any

import pytest

from app.cli.calibration import AT_ONCE, Figures, figures_of, measure
from app.llm.call import Completion, ModelCall, Role


def completion(**values: Any) -> Completion:
    told: dict[str, Any] = {
        "text": "x" * 400,
        "finish": "stop",
        "model": "m",
        "backend": "vllm",
        "server": "http://127.0.0.1:1",
        "prompt_tokens": 120,
        "cached_tokens": 20,
        "completion_tokens": 100,
        "first_token_ms": 500,
        "duration_ms": 2500,
    }
    return Completion(**{**told, **values})


def figures(together_ms: int) -> Figures:
    return figures_of(Role.CODER, completion(), [completion(duration_ms=together_ms)] * AT_ONCE)


def test_rates_are_tokens_a_second() -> None:
    found = figures(2500)

    assert found.prompt_rate == pytest.approx(200), "100 fresh tokens in half a second"
    assert found.reply_rate == pytest.approx(50), "100 tokens in two seconds"
    assert found.bytes_per_token == pytest.approx(4)
    assert found.first_token_s == pytest.approx(0.5)


@pytest.mark.parametrize(("together_ms", "slots"), [(2500, "4"), (7000, "4"), (8000, "1"), (10_000, "1")])
def test_slots_are_suggested_where_calls_together_end_sooner(together_ms: int, slots: str) -> None:
    assert figures(together_ms).suggested["JR_CODER_SLOTS"] == slots


def test_the_timeout_leaves_twice_the_time_of_the_longest_reply() -> None:
    assert figures(2500).suggested["JR_CALL_TIMEOUT_S"] == "360", "8192 tokens at 50 a second, twice"


def test_a_server_that_tells_no_counts_gets_no_timeout() -> None:
    silent = completion(prompt_tokens=None, completion_tokens=None, cached_tokens=None, first_token_ms=None)
    found = figures_of(Role.PM, silent, [silent])

    assert found.reply_rate == found.prompt_rate == 0
    assert set(found.suggested) == {"JR_PM_SLOTS"}


async def test_the_first_call_is_not_counted_and_no_prompt_comes_twice() -> None:
    prompts: list[str] = []

    async def ask(call: ModelCall) -> Completion:
        prompts.append(call.prompt)
        return completion(duration_ms=60_000 if len(prompts) == 1 else 2500)

    found = await measure(ask, Role.CODER, deadline_s=10)

    assert found.slowdown == pytest.approx(1)
    assert len(set(prompts)) == AT_ONCE + 2, "a prefix cache would answer for the model"
