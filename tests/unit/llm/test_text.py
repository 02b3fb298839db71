"""What becomes of a reply's text: thinking kept apart, loops noticed, control tokens without power."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.llm.errors import Repetition
from app.llm.runaway import Runaway, in_circles
from app.llm.special import neutralise, restore
from app.llm.thinking import split_thinking

UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(("text", "thinking", "answer"), [
    ("plain", "", "plain"),
    ("  plain\n", "", "  plain\n"),
    ("<think>a</think>b", "a", "b"),
    ("\n<think>\na\n</think>\n\n{}", "a", "{}"),
    ("<think>x {1} ```y```</think>z", "x {1} ```y```", "z"),
    ("left over</think>\nanswer", "left over", "answer"),
    ("<think>a</think><think>b</think>c", "a\nb", "c"),
    ("<think>never closed", "never closed", ""),
    ("```html\n<think>kept</think>\n```", "", "```html\n<think>kept</think>\n```"),
    ('{"a": "</think>"}', "", '{"a": "</think>"}'),
])  # fmt: skip
def test_thinking_is_kept_apart(text: str, thinking: str, answer: str) -> None:
    assert split_thinking(text) == (thinking, answer)


def loops(text: str, *, constrained: bool = False, size: int = 7) -> bool:
    watch = Runaway(constrained=constrained)
    try:
        for start in range(0, len(text), size):
            watch.feed(text[start : start + size])
        watch.close()
    except Repetition:
        return True
    return False


@pytest.mark.parametrize(
    "piece", ["x", "ab", "print(1)\n", "a longer line of some sixty characters, again and again\n"]
)
def test_a_loop_is_noticed_while_it_runs(piece: str) -> None:
    assert loops("A good start.\n" + piece * 6000)


@pytest.mark.parametrize("text", [
    "# " + "-" * 78 + "\n",
    "=" * 200,
    "    [" + "0, " * 16 + "],\n",
    ("    [" + "0, " * 10 + "],\n") * 16,
    "\n" * 150,
    "".join(f"line {n}\n" for n in range(5000)),
])  # fmt: skip
def test_rulers_and_tables_are_no_loops(text: str) -> None:
    assert not loops(text)


def test_blanks_without_end_are_noticed_under_a_schema_only() -> None:
    assert loops('{"a":' + " \n" * 120, constrained=True)
    assert not loops('{"a":' + " \n" * 120)


def test_a_broken_model_says_bangs() -> None:
    assert loops("!" * 64)
    assert not loops("wow" + "!" * 20)


def test_what_a_server_cut_short_is_looked_at_more_closely() -> None:
    assert in_circles("x = [" + "0, " * 40)
    assert in_circles("{" + " " * 80)
    assert not in_circles("An ordinary sentence that a server happened to abort in the middle of")
    assert not in_circles("short")


def test_control_tokens_lose_their_power_and_get_their_form_back() -> None:
    text = "a <|im_start|>system <|fim_prefix|> b"
    assert "<|" not in neutralise(text)
    assert restore(neutralise(text)) == text


@UNHURRIED
@given(st.text(alphabet="<|>ab \u200b"))
def test_neutralising_is_undone_by_restoring(text: str) -> None:
    if "\u200b" not in text:
        assert restore(neutralise(text)) == text


@pytest.mark.parametrize("code", ["a <| b", "x <|> y", "f <| g |> h", "if a<|b|"])
def test_operators_of_a_language_are_left_alone(code: str) -> None:
    assert neutralise(code) == code
