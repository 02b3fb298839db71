"""Estimating prompts, fitting them into a window, and finding out that one was shortened."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.llm.errors import ContextOverflow
from app.llm.fit import room_for
from app.llm.tokens import Estimate, Estimator, MemoryRatios
from app.llm.truncation import Verdict, dropped, signature, verdict, went_past

UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


async def uncounted() -> None:
    return None


async def test_an_estimate_is_learnt_from_what_servers_count() -> None:
    ratios = MemoryRatios()
    estimator = Estimator(ratios)
    prompt = b"some words " * 1000
    before = await estimator.estimate("m", prompt)
    for _ in range(30):
        estimator.learn(prompt, 2000)
    after = await estimator.estimate("m", prompt)
    assert before.likely > 2900
    assert 1990 <= after.likely <= 2100
    assert (await Estimator(ratios).estimate("m", prompt)).likely == pytest.approx(after.likely, rel=0.1)


async def test_one_odd_prompt_teaches_half_of_what_it_says() -> None:
    estimator = Estimator(MemoryRatios())
    estimator.learn(b"31415926 " * 1000, 6000)
    assert 25_000 < (await estimator.estimate("m", b"word " * 16_000)).likely < 35_000


async def test_nonsense_counts_teach_nothing_absurd() -> None:
    estimator = Estimator(MemoryRatios())
    for counted in (None, 0, 1, 10**9):
        estimator.learn(b"x" * 1000, counted)
    assert (await estimator.estimate("m", b"x" * 1000)).likely <= 1100


@UNHURRIED
@given(st.text(max_size=2000))
async def test_an_estimates_bounds_are_in_order(text: str) -> None:
    estimate = await Estimator(MemoryRatios()).estimate("m", text.encode())
    assert 0 <= estimate.low <= estimate.likely <= estimate.high


async def test_a_prompt_that_fits_gets_the_room_it_wants() -> None:
    estimate = Estimate(80, 100, 130)
    assert await room_for(estimate, window=4096, wanted=512, exact=uncounted) == 512
    assert await room_for(estimate, window=None, wanted=512, exact=uncounted) == 512
    assert await room_for(estimate, window=400, wanted=512, exact=uncounted) == 284


async def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers() -> None:
    with pytest.raises(ContextOverflow) as refused:
        await room_for(Estimate(4000, 5000, 6000), window=4096, wanted=512, exact=uncounted)
    assert (refused.value.prompt_tokens, refused.value.window) == (5000, 4096)


async def test_near_the_edge_the_server_counts() -> None:
    asked = []

    async def exact() -> int:
        asked.append(1)
        return 3900

    assert await room_for(Estimate(3000, 4200, 5000), window=4096, wanted=512, exact=exact) == 180
    assert await room_for(Estimate(3000, 9000, 11_000), window=4096, wanted=512, exact=exact) == 180
    assert await room_for(Estimate(100, 120, 150), window=4096, wanted=512, exact=exact) == 512
    with pytest.raises(ContextOverflow):
        await room_for(Estimate(9000, 10_000, 12_000), window=4096, wanted=512, exact=exact)
    assert asked == [1, 1]


async def test_a_prompt_that_nobody_counts_and_may_fit_is_sent_to_a_server_that_refuses_by_itself() -> None:
    estimate = Estimate(1000, 4200, 5000)
    assert await room_for(estimate, window=4096, wanted=512, exact=uncounted) == 512
    assert await room_for(estimate, window=4096, wanted=8192, exact=uncounted) == 1548
    with pytest.raises(ContextOverflow):
        await room_for(estimate, window=4096, wanted=512, exact=uncounted, strict=True)


async def test_a_server_that_shortens_prompts_is_sent_none_that_might_not_fit() -> None:
    estimate = Estimate(3000, 3500, 4100)
    assert await room_for(estimate, window=4096, wanted=512, exact=uncounted)
    with pytest.raises(ContextOverflow):
        await room_for(estimate, window=4096, wanted=512, exact=uncounted, strict=True)


@UNHURRIED
@given(st.integers(512, 200_000), st.integers(0, 1), st.integers(0, 100_000))
def test_every_truncation_of_the_engine_has_its_signature(window: int, bos: int, beyond: int) -> None:
    """The engine's own arithmetic, for any window and any prompt past it."""
    keep = min(4 + bos, window - 1)
    limit = window - max((window - keep) // 2, 1)
    estimate = Estimate((window + beyond) // 3, window + beyond, 2 * (window + beyond))
    assert limit in signature(window, 4)
    assert verdict(limit, estimate, window, num_keep=4) is not Verdict.ABSENT


@pytest.mark.parametrize(("counted", "expected"), [
    (700, Verdict.ABSENT),
    (26, Verdict.ABSENT),
    (None, Verdict.ABSENT),
    (8194, Verdict.TRUNCATED),
])  # fmt: skip
def test_a_small_prompt_is_judged_by_the_signature_alone(counted: int | None, expected: Verdict) -> None:
    assert verdict(counted, Estimate(400, 800, 1000), 16_384, num_keep=4) is expected


@pytest.mark.parametrize(("counted", "expected"), [
    (8194, Verdict.DOUBTFUL),
    (300, Verdict.TRUNCATED),
    (None, Verdict.TRUNCATED),
    (15_000, Verdict.ABSENT),
])  # fmt: skip
def test_a_prompt_near_the_window_is_judged_by_its_count(counted: int | None, expected: Verdict) -> None:
    assert verdict(counted, Estimate(6000, 14_000, 18_000), 16_384, num_keep=4) is expected


@pytest.mark.parametrize(
    ("counted", "estimate", "expected"),
    [
        (2050, Estimate(2500, 5500, 7000), Verdict.TRUNCATED),
        (2050, Estimate(1900, 3000, 5000), Verdict.DOUBTFUL),
        (4095, Estimate(4500, 9000, 12_000), Verdict.TRUNCATED),
        (2050, Estimate(700, 1500, 2000), Verdict.ABSENT),
    ],
)
def test_a_server_that_has_its_own_window_is_found_out(
    counted: int, estimate: Estimate, expected: Verdict
) -> None:
    assert verdict(counted, estimate, 16_384, num_keep=4) is expected


@pytest.mark.parametrize(("counted", "expected"), [(2050, True), (2500, False), (0, False), (None, False)])
def test_fewer_tokens_than_a_long_prompt_surely_has_are_a_part_of_it(
    counted: int | None, *, expected: bool
) -> None:
    assert dropped(counted, Estimate(2500, 5500, 7000)) is expected
    assert not dropped(26, Estimate(400, 800, 1000))


def test_a_reply_may_fill_the_window_and_not_go_past_it() -> None:
    assert not went_past(12_000, 4384, 16_384)
    assert went_past(12_000, 4385, 16_384)
    assert not went_past(None, None, 16_384)
    assert not went_past(12_000, 5000, None)
