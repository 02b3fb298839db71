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


def loops(text: str, *, constrained: bool = False, size: int = 7, span: int = 8192) -> bool:
    watch = Runaway(constrained=constrained, span=span)
    try:
        for start in range(0, len(text), size):
            watch.feed(text[start : start + size])
        watch.close()
    except Repetition:
        return True
    return False


@pytest.mark.parametrize(
    "piece", ["x", "ab", "0, ", "print(1)\n", "a longer line of some sixty characters, again and again\n"]
)
@pytest.mark.parametrize(("span", "noticed_by"), [(512, 2400), (8192, 8600), (16_384, 16_400)])
def test_a_loop_is_noticed_while_it_runs(piece: str, span: int, noticed_by: int) -> None:
    assert loops(("A good start.\n" + piece * noticed_by)[:noticed_by], span=span)


@pytest.mark.parametrize("text", [
    "# " + "-" * 78 + "\n",
    "=" * 200,
    "    [" + "0, " * 16 + "],\n",
    ("    [" + "0, " * 10 + "],\n") * 16,
    "\n" * 150,
    "".join(f"line {n}\n" for n in range(5000)),
])  # fmt: skip
def test_rulers_and_tables_are_no_loops(text: str) -> None:
    assert not loops(text, span=0)


@pytest.mark.parametrize("text", [
    "[" + "0, " * 1000 + "]",
    "MAP = [\n" + ("    [" + ", ".join(["0"] * 32) + "],\n") * 32 + "]\n",
    "unsigned char z[] = {" + "0x00, " * 512 + "};",
    "data = '" + "A" * 2400 + "'",
    "id,name,value,flag\n" + "0,unknown,0.0,false\n" * 110,
    "INSERT INTO hits (page, n) VALUES ('/', 1);\n" * 60,
    "+---+---+---+---+\n|   |   |   |   |\n" * 120,
    ".a{color:red}" * 200,
])  # fmt: skip
def test_a_file_of_one_row_over_and_over_that_ends_is_no_loop(text: str) -> None:
    assert not loops(text)
    assert not loops(f"```\n{text}\n```\n")


def test_blanks_without_end_are_noticed_under_a_schema_only() -> None:
    assert loops('{"a":' + " \n" * 120, constrained=True)
    assert not loops('{"a":' + " \n" * 120)


@pytest.mark.parametrize("text", [
    "!" * 64,
    "```python\n" + "!" * 64 + "\n```",
    "Here it is:\n```python\n" + "! " * 300 + "\nend",
    "! " * 5 + "!" * 300 + " x",
    "x = 1\n" + "!" * 700 + "\ny = 2\n",
])  # fmt: skip
def test_a_broken_model_says_bangs(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize("text", [
    "wow" + "!" * 20,
    "wow" + "!" * 64,
    "!" * 72 + "\n! heat\n" + "!" * 72 + "\nmodule heat\nend module\n",
    "```fortran\n" + "!" * 132 + "\n! heat\n" + "!" * 132 + "\nmodule heat\nend module\n```\n",
    "program x\nend program x\n" + "!" * 80 + "\n",
])  # fmt: skip
def test_a_banner_of_a_language_whose_comments_begin_with_a_bang_is_none(text: str) -> None:
    assert not loops(text)


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
