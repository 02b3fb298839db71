"""Refusals of either server, as they are worded, and the one error each means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.llm import errors
from app.llm.classify import from_event, from_reply, retry_after

UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b'{"error":"\\"x\\" does not support thinking"}', errors.InvalidRequest),
        (400, b'{"error":"Failed to initialize: failed to parse grammar"}', errors.SchemaUnsupported),
        (400, b'{"error":"the prompt is longer than the context length currently available to the model"}',
         errors.ContextOverflow),
        (401, b'{"error":"Unauthorized"}', errors.AuthError),
        (403, b"", errors.ConfigError),
        (403, b'{"error":"forbidden"}', errors.AuthError),
        (404, b'{"error":"model \\"x\\" not found, try pulling it first"}', errors.ModelNotFound),
        (404, b'{"detail":"Not Found"}', errors.ConfigError),
        (404, b"404 page not found", errors.ConfigError),
        (404, b'{"error":{"message":"File Not Found","code":404}}', errors.ConfigError),
        (405, b'{"detail":"Method Not Allowed"}', errors.InvalidRequest),
        (408, b"", errors.BackendUnavailable),
        (425, b"", errors.BackendUnavailable),
        (499, b'{"error":"request canceled"}', errors.BackendUnavailable),
        (413, b"too large", errors.ContextOverflow),
        (422, b'{"detail":[{"loc":["body"],"msg":"field required"}]}', errors.InvalidRequest),
        (429, b"slow down", errors.BackendOverloaded),
        (500, b'{"error":"invalid format: \\"yaml\\""}', errors.SchemaUnsupported),
        (500, b'{"error":"prediction aborted, token repeat limit reached"}', errors.Repetition),
        (500, b'{"error":"CUDA error: out of memory"}', errors.BackendUnavailable),
        (501, b'{"error":{"message":"not supported","code":501}}', errors.InvalidRequest),
        (503, b'{"error":{"message":"Loading model","type":"unavailable_error","code":503}}',
         errors.BackendOverloaded),
        (504, b"<html>timeout</html>", errors.BackendUnavailable),
        (599, b"\xff\xfe", errors.BackendUnavailable),
    ],
)  # fmt: skip
def test_a_refusal_means_one_error(status: int, body: bytes, expected: type[errors.LlmError]) -> None:
    assert type(from_reply(status, body)) is expected


def test_llama_cpp_tells_both_numbers() -> None:
    body = b'{"error":{"code":400,"message":"request exceeds the available context size",\
"type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}'
    error = from_reply(400, body)
    assert isinstance(error, errors.ContextOverflow)
    assert (error.prompt_tokens, error.window) == (9000, 4096)


TOO_LONG = (
    "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 input "
    "tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input "
    "prompt. (parameter=input_tokens, value=4097)"
)
TOO_MUCH_ASKED = (
    "max_tokens=9000 cannot be greater than max_model_len=4096. Please request fewer output tokens. "
    "(parameter=max_tokens, value=9000)"
)
NO_MODEL = "The model `x` does not exist. Valid aliases: qwen2.5-coder-0.5b."


@pytest.mark.parametrize(
    ("status", "message", "param", "expected"),
    [
        (400, TOO_LONG, "input_tokens", (errors.ContextOverflow, 4097, 4096)),
        (400, TOO_MUCH_ASKED, "max_tokens", (errors.ContextOverflow, None, 4096)),
        (404, NO_MODEL, "model", (errors.ModelNotFound, None, None)),
    ],
)
def test_what_vllm_0_32_said_is_understood(
    status: int, message: str, param: str, expected: tuple[type[errors.LlmError], int | None, int | None]
) -> None:
    said = {"message": message, "type": "BadRequestError", "param": param, "code": status}
    error = from_reply(status, json.dumps({"error": said}).encode())
    numbers = (getattr(error, "prompt_tokens", None), getattr(error, "window", None))
    assert (type(error), *numbers) == expected


def test_a_bad_grammar_in_a_stream_of_vllm_is_the_schemas_fault() -> None:
    said = {"message": "Grammar error: Invalid type: nonsense", "type": "BadRequestError", "code": 400}
    assert type(from_event(said)) is errors.SchemaUnsupported


@pytest.mark.parametrize("code", [None, "x", 200, 7, True, "context_length_exceeded", "\u00b2"])
def test_an_odd_code_in_a_stream_counts_as_the_servers_fault(code: object) -> None:
    assert type(from_event({"message": "boom", "code": code})) is errors.BackendUnavailable


@UNHURRIED
@given(st.integers(300, 599), st.binary(max_size=80))
def test_every_refusal_has_a_class_and_a_sentence(status: int, body: bytes) -> None:
    error = from_reply(status, body)
    assert isinstance(error, errors.ServerFailed | errors.Refused | errors.Repetition)
    assert error.detail


def test_retry_after_is_seconds_or_a_date_or_nothing() -> None:
    assert retry_after("2") == 2.0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    assert 25 < (retry_after(later) or 0) <= 30
    assert [retry_after(value) for value in (None, "-1", "abc", "", "1.5x", "\u00b2")] == [None] * 6
