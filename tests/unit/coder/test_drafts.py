"""Drafts: what a model thinks before it answers is no part of the answer."""

from __future__ import annotations

import pytest

from app.coder.drafts import normal, without_opening_draft
from app.coder.reply import parse

DRAFT = "a.py\n```python\n0\n```\n"
ANSWER = "\n\na.py\n```python\n1\n```\n"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<think>", "</think>"),
        ("<THINKING>", "</thinking>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
    ],
)
def test_what_a_model_thinks_first_is_no_part_of_its_reply(opening, closing):
    for text in (f"{opening}{DRAFT}{closing}{ANSWER}", f"{DRAFT}{closing}{ANSWER}"):
        reply = parse(text)
        assert [(f.path, f.content, f.line) for f in reply.files] == [("a.py", "1\n", 8)]
        assert reply.problems == ()
    assert [problem.code for problem in parse(f"{opening}{DRAFT}").problems] == ["thinking_not_closed"]


def test_what_stands_before_the_final_channel_is_a_draft():
    reply = parse(f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>{ANSWER}")

    assert [(f.path, f.content) for f in reply.files] == [("a.py", "1\n")]


def test_several_drafts_in_a_row_are_all_left_out():
    reply = parse(f"<think>{DRAFT}</think>\n<reflection>{DRAFT}</reflection>{ANSWER}")

    assert [(f.path, f.content) for f in reply.files] == [("a.py", "1\n")]


def test_a_closing_mark_inside_a_block_is_the_files_own():
    reply = parse("a.html\n```html\n</think>\n```\n")

    assert [(f.path, f.content) for f in reply.files] == [("a.html", "</think>\n")]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("so be it\n</think> x", "\n x"),
        ("so be it\n \t</think> x", "\n x"),
        ("so be it</think>\nx", "\nx"),
        ("so be it</think> \t\nx", " \t\nx"),
        ("</think> x", " x"),
        ("  </think> x", " x"),
        (" " * 201 + "</think>", ""),
        (" " * 201 + "</think> x", " " * 201 + "</think> x"),
        ("so </think> x", "so </think> x"),
        ("\nso </think> x\ny", "\nso </think> x\ny"),
        ("a <think> b\n</think> x", "a <think> b\n</think> x"),
        ("a\n</think> b <think>", "\n b <think>"),
        ("```\n</think>\n```\n", "```\n</think>\n```\n"),
        ("```\na\n```\n</think> x", "\n\n\n x"),
        ("```\n</think>\n```\n</think> x", "\n\n\n x"),
        ("```md\n\n```\nb\n```\n</think>\n```\n", "```md\n\n```\nb\n```\n</think>\n```\n"),
        ("\n<think>a</think>b</think>", "\nb</think>"),
        ("<think></think><think>\n</think>x", "\nx"),
    ],
)
def test_a_closing_mark_without_an_opening_one_ends_a_draft_where_it_begins_or_ends_a_line(text, rest):
    assert without_opening_draft(text) == (rest, True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\ufeffa\r\nb\r\n", "a\nb\n"),
        ("a\n<|im_end|>\n", "a\n"),
        ("a</s><|endoftext|>", "a"),
        ("a\n```\n<end_of_turn>", "a\n```\n"),
        ("<|im_end|> a", "<|im_end|> a"),
        ("a\rb", "a\rb"),
        ("\n a<|im_end|>\n", "\n a"),
        ("a</s>\n\n<|im_end|>\n", "a"),
    ],
)
def test_a_reply_is_read_without_its_end_marks_and_carriage_returns(text, read):
    assert normal(text) == read
