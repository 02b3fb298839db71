"""The translation between Ollama's `/api/generate` and a chat completion."""

from __future__ import annotations

import json

import pytest

from app.embedded.generate import Answer, BadRequest, chat_body

SCHEMA = {"type": "object", "properties": {"steps": {"type": "array"}}, "required": ["steps"]}


def test_system_and_prompt_become_two_messages():
    chat = chat_body({"model": "m", "system": "plan", "prompt": "the instruction"})
    assert chat["messages"] == [
        {"role": "system", "content": "plan"},
        {"role": "user", "content": "the instruction"},
    ]


def test_no_system_means_no_system_message():
    assert chat_body({"model": "m", "prompt": "p"})["messages"] == [{"role": "user", "content": "p"}]


def test_a_schema_in_format_constrains_the_reply():
    chat = chat_body({"model": "m", "prompt": "p", "format": SCHEMA})
    assert chat["response_format"]["type"] == "json_schema"
    assert chat["response_format"]["json_schema"]["schema"] == SCHEMA


def test_no_format_means_no_constraint():
    assert "response_format" not in chat_body({"model": "m", "prompt": "p", "format": ""})


def test_options_arrive_under_llama_cpps_names():
    options = {"num_predict": 12, "temperature": 0, "top_k": 1, "stop": ["x"], "num_ctx": 4096}
    chat = chat_body({"model": "m", "prompt": "p", "options": options})
    assert (chat["max_tokens"], chat["temperature"], chat["top_k"], chat["stop"]) == (12, 0, 1, ["x"])


def test_options_left_out_take_ollamas_defaults_not_llama_cpps():
    chat = chat_body({"model": "m", "prompt": "p"})
    assert (chat["min_p"], chat["top_p"], chat["temperature"]) == (0.0, 0.9, 0.8)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"prompt": "p", "think": True}, 400),
        ({"prompt": "p", "think": "low"}, 400),
        ({"prompt": "p", "format": 3}, 500),
        ({"prompt": "p", "images": ["x"]}, 400),
        ({"prompt": "p", "raw": True}, 400),
        ({"prompt": "p", "options": {"seed": "x"}}, 400),
        ({"prompt": "p", "options": {"top_k": True}}, 400),
        ({"prompt": "p", "options": {"stop": "x"}}, 400),
        ({"prompt": "p", "options": [1]}, 400),
        ({"prompt": ["p"]}, 400),
    ],
)
def test_what_ollama_refuses_is_refused_with_its_status(body, status):
    with pytest.raises(BadRequest) as refused:
        chat_body({"model": "m", **body})
    assert refused.value.status == status


def test_llama_cpps_error_keeps_its_status_and_its_figures_as_ollama_passes_it_on():
    error = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9030, "n_ctx": 8192}
    bad = BadRequest.of(error)
    assert bad.status == 400
    assert json.loads(bad.message) == {"error": error}


def test_an_answer_counts_cached_prompt_tokens_too():
    answer = Answer(started_ns=0)
    answer.take({"choices": [{"delta": {"content": "a"}, "finish_reason": None}]})
    answer.take({"choices": [{"delta": {}, "finish_reason": "length"}]})
    answer.take({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 5}})
    totals = answer.totals(7)
    assert (totals["prompt_eval_count"], totals["eval_count"]) == (30, 5)
    assert (totals["done"], totals["done_reason"], totals["total_duration"]) == (True, "length", 7)


def test_a_stream_without_an_end_is_not_done():
    assert Answer(started_ns=0).totals(1) == {"done": False}
