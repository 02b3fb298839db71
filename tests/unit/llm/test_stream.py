"""Reading a stream: any cut of it in time changes nothing, any cut of its end is noticed."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.llm.errors import BackendUnavailable, LlmError, MalformedResponse
from app.llm.ollama import OllamaReading
from app.llm.stream import Answer, Lines, Reading
from app.llm.vllm import VllmReading

UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.lists(st.text(max_size=12), min_size=1, max_size=5)


def read(kind: type[Reading], pieces: list[bytes], *, framed: bool) -> Answer:
    reading = kind(constrained=False, text_limit=10**6)
    for piece in pieces:
        reading.feed(piece)
    reading.close(framed=framed)
    return reading.answer()


def ollama_stream(texts: list[str], *, escaped: bool) -> bytes:
    records: list[dict[str, Any]] = [{"model": "m", "response": text, "done": False} for text in texts]
    records.append({"response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 7})
    return b"".join(json.dumps(r, ensure_ascii=escaped).encode() + b"\n" for r in records)


def vllm_stream(texts: list[str], *, escaped: bool) -> bytes:
    events: list[Any] = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    events.append({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 7}})
    lines = [json.dumps(event, ensure_ascii=escaped) for event in events] + ["[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


STREAMS = [(OllamaReading, ollama_stream), (VllmReading, vllm_stream)]


@pytest.mark.parametrize(("kind", "stream"), STREAMS)
@UNHURRIED
@given(texts=TEXTS, data=st.data())
def test_segments_do_not_matter(
    kind: type[Reading], stream: Any, texts: list[str], data: st.DataObject
) -> None:
    whole = stream(texts, escaped=data.draw(st.booleans()))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    answer = read(kind, pieces, framed=True)
    assert (answer.text, answer.finish, answer.prompt_tokens) == ("".join(texts), "stop", 7)


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize(("kind", "stream"), STREAMS)
@UNHURRIED
@given(texts=TEXTS)
def test_no_proper_prefix_is_a_success_but_one_that_lacks_only_its_farewell(
    kind: type[Reading], stream: Any, texts: list[str], *, framed: bool
) -> None:
    whole = stream(texts, escaped=False)
    for end in range(len(whole)):
        try:
            answer = read(kind, [whole[:end]], framed=framed)
        except LlmError:
            continue
        missing = whole[end:]
        assert answer.text == "".join(texts)
        assert missing == b"\n" * len(missing) or missing.endswith(b"[DONE]\n\n")
        assert framed or missing == b"data: [DONE]\n\n"


OLLAMA_WHOLE = {"response": 'a "{" and\n}', "done": True, "done_reason": "stop"}
VLLM_WHOLE = {"choices": [{"message": {"content": 'a "{" and\n}'}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("kind", "whole"), [(OllamaReading, OLLAMA_WHOLE), (VllmReading, VLLM_WHOLE)])
def test_an_unstreamed_reply_is_read_whole_and_at_no_cut(
    kind: type[Reading], whole: dict[str, Any], indent: int | None, *, framed: bool
) -> None:
    body = json.dumps(whole, indent=indent).encode()
    for end in range(len(body)):
        with pytest.raises(LlmError):
            read(kind, [body[:end]], framed=framed)
    for ending in (b"", b"\n", b"\r\n"):
        assert read(kind, [body + ending], framed=framed).text == 'a "{" and\n}'


def test_lines_end_at_line_feeds_only() -> None:
    lines = Lines()
    assert lines.feed("\ufeffa\u2028b\u0085c\r\nd".encode()) == ["a\u2028b\u0085c".encode()]
    assert lines.rest() == b"d"


def test_a_line_and_a_body_have_caps() -> None:
    with pytest.raises(MalformedResponse, match="a line"):
        Lines(line_limit=10).feed(b"x" * 11)
    with pytest.raises(MalformedResponse, match="the reply is longer"):
        Lines(body_limit=10).feed(b"x\n" * 6)


def test_halves_of_a_character_in_two_pieces_are_one() -> None:
    body = b'{"response":"\\ud83d","done":false}\n{"response":"\\ude00","done":true,"done_reason":"stop"}\n'
    assert read(OllamaReading, [body], framed=True).text == "😀"


def test_an_error_in_the_stream_is_no_answer_even_before_done() -> None:
    body = b'data: {"error":{"message":"boom","code":500}}\n\ndata: [DONE]\n\n'
    with pytest.raises(BackendUnavailable, match="boom"):
        read(VllmReading, [body], framed=True)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": "7"}])
def test_a_count_that_cannot_be_one_is_unknown(usage: Any) -> None:
    event = {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": usage}
    body = f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode()
    answer = read(VllmReading, [body], framed=True)
    assert (answer.prompt_tokens, answer.cached_tokens) == (None, None)


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_an_llm_error(body: bytes) -> None:
    for kind in (OllamaReading, VllmReading):
        with contextlib.suppress(LlmError):
            read(kind, [body], framed=True)
