"""What the child may say over its line."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rlm.limits import RlmFailed
from app.rlm.line import Answer, Broken, Chat, Message, read_said


def said(data: bytes, limit: int = 1 << 16) -> Chat | Answer | Broken:
    async def read() -> Chat | Answer | Broken:
        reader = asyncio.StreamReader(limit=limit)
        reader.feed_data(data)
        reader.feed_eof()
        return await read_said(reader)

    return asyncio.run(read())


def test_the_three_things_it_may_say():
    chat = {"call": 3, "messages": [{"role": "user", "content": "hi"}]}
    assert said(json.dumps(chat).encode() + b"\n") == Chat(
        call=3, messages=(Message(role="user", content="hi"),)
    )
    assert said(b'{"answer": "a", "files": {"x": "y"}}\n') == Answer(answer="a", files={"x": "y"})
    assert said(b'{"failed": "ValueError"}\n') == Broken(failed="ValueError")


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[]\n",
        b'{"call": 1}\n',
        b'{"call": 1, "messages": []}\n',
        b'{"call": 1, "messages": [{"role": "tool", "content": ""}]}\n',
        b'{"answer": "a", "files": {"x": 1}}\n',
        b'{"answer": "a", "files": {}, "code": 0}\n',
        b'{"failed": "\\ud800"}\n',
        b"\xff\xfe\n",
    ],
)
def test_anything_else_is_named_malformed(line: bytes):
    with pytest.raises(RlmFailed) as failed:
        said(line)
    assert failed.value.code == "rlm_malformed"


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(data: bytes):
    with pytest.raises(RlmFailed, match=r"^rlm_(malformed|ended|output_limit): "):
        said(data, limit=64)


def test_a_line_without_end_is_not_kept():
    with pytest.raises(RlmFailed) as failed:
        said(b"x" * 1000, limit=100)
    assert failed.value.code == "rlm_output_limit"


def test_an_end_without_last_words_is_named():
    with pytest.raises(RlmFailed) as failed:
        said(b'{"answer": "a"')
    assert failed.value.code == "rlm_ended"
