"""Ollama's API over a scripted source of chunks, spoken to over a real socket."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest

from app.embedded.ollama import Served, create_app
from tests.unit.embedded.serving import call, served

SERVED = Served(name="qwen", window=4096, size=7)
END = (
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
)
OVERFLOW = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}


def text(piece):
    return {"choices": [{"delta": {"content": piece}, "finish_reason": None}]}


def source(*chunks):
    """A Chat that gives these chunks whatever it is asked."""

    async def chat(body):
        for chunk in chunks:
            yield chunk

    return chat


@pytest.fixture
def ask():
    """Asks `/api/generate` of a server over these chunks: status and body."""

    def _ask(*chunks, **fields):
        with served(create_app(source(*chunks), SERVED)) as url:
            return call(f"{url}/api/generate", {"model": "qwen", "prompt": "p", **fields})

    return _ask


def test_the_pieces_come_as_lines_and_the_last_one_counts(ask):
    status, body = ask(text("a"), text("b"), *END)
    lines = [json.loads(line) for line in body.splitlines()]
    assert status == 200
    assert [line["response"] for line in lines] == ["a", "b", ""]
    assert [line["done"] for line in lines] == [False, False, True]
    assert (lines[-1]["done_reason"], lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]) == (
        "stop",
        9,
        2,
    )


def test_unstreamed_the_whole_text_is_in_one_record(ask):
    status, body = ask(text("a"), text("b"), *END, stream=False)
    record = json.loads(body)
    assert (status, record["response"], record["done"]) == (200, "ab", True)


def test_an_empty_reply_still_ends_with_its_counts(ask):
    _, body = ask(*END, stream=False)
    assert json.loads(body)["eval_count"] == 2


def test_a_prompt_beyond_the_window_is_ollamas_400_with_both_figures(ask):
    status, body = ask({"error": OVERFLOW})
    inner = json.loads(json.loads(body)["error"])
    assert (status, inner["error"]["n_prompt_tokens"], inner["error"]["n_ctx"]) == (400, 5000, 4096)


def test_a_failure_after_the_first_piece_is_a_line_of_its_own(ask):
    status, body = ask(text("a"), {"error": {"code": 500, "message": "gone"}})
    assert (status, json.loads(body.splitlines()[-1])) == (200, {"error": "gone"})


def test_a_failure_after_the_first_piece_is_a_500_when_unstreamed(ask):
    status, body = ask(text("a"), {"error": {"code": 500, "message": "gone"}}, stream=False)
    assert (status, json.loads(body)) == (500, {"error": "gone"})


def test_a_source_that_just_stops_is_not_done(ask):
    _, body = ask(text("a"))
    assert json.loads(body.splitlines()[-1])["done"] is False


def test_another_models_name_is_not_found_and_the_tag_latest_is_the_same_model(ask):
    assert ask(*END, model="llama")[0] == 404
    assert ask(*END, model="qwen:latest")[0] == 200


def test_an_empty_prompt_only_loads_as_a_warm_up_does(ask):
    _, body = ask(prompt="")
    assert json.loads(body)["done_reason"] == "load"


def test_bodies_that_are_no_json_object_are_refused():
    with served(create_app(source(), SERVED)) as url:
        assert call(f"{url}/api/generate", b"{")[0] == 400
        assert call(f"{url}/api/generate", b"[]")[0] == 400


def test_the_window_is_what_ps_and_show_say():
    with served(create_app(source(), SERVED)) as url:
        assert json.loads(call(f"{url}/api/ps")[1])["models"][0]["context_length"] == 4096
        assert json.loads(call(f"{url}/api/tags")[1])["models"][0]["name"] == "qwen:latest"
        assert json.loads(call(f"{url}/api/show", {"model": "qwen"})[1])["capabilities"] == ["completion"]
        assert "version" in json.loads(call(f"{url}/api/version")[1])
        assert call(url) == (200, b"Ollama is running")


def test_a_caller_who_leaves_closes_the_source():
    closed = threading.Event()

    async def endless(body):
        try:
            while True:
                await asyncio.sleep(0)
                yield text("a" * 10_000)
        finally:
            closed.set()

    with served(create_app(endless, SERVED)) as url:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port)
        connection.request("POST", "/api/generate", json.dumps({"model": "qwen", "prompt": "p"}))
        connection.getresponse().read(100)
        connection.close()
        assert closed.wait(10)
