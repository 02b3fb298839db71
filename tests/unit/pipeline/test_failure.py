"""What a task says of a model server's failure."""

from __future__ import annotations

import pytest

from app.llm.errors import (
    AuthError,
    BackendUnavailable,
    ConfigError,
    FirstTokenTimeout,
    LlmError,
    OutputInvalid,
)
from app.pipeline.failure import RungFailed, of_model
from app.task import ErrorCode

URL = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("error", "code", "retryable", "word"),
    [
        (
            BackendUnavailable("no", refused=True),
            ErrorCode.BACKEND_UNAVAILABLE,
            True,
            "Start the model server",
        ),
        (BackendUnavailable("status 500"), ErrorCode.BACKEND_UNAVAILABLE, True, "log"),
        (FirstTokenTimeout("nothing came"), ErrorCode.BACKEND_UNAVAILABLE, True, "hang"),
        (AuthError("401"), ErrorCode.BACKEND_UNAVAILABLE, False, "JR_VLLM_API_KEY"),
        (ConfigError("404"), ErrorCode.BACKEND_UNAVAILABLE, False, "JR_VLLM_URL"),
        (OutputInvalid("empty"), ErrorCode.NO_FILES_PRODUCED, True, "another model"),
    ],
)
def test_the_task_names_the_server_and_what_to_do(
    error: LlmError, code: ErrorCode, word: str, *, retryable: bool
) -> None:
    error.server = URL
    failed = of_model(error)
    assert (failed.error.code, failed.error.retryable) == (code, retryable)
    assert URL in failed.error.detail
    assert word in failed.error.hint


def test_a_failure_of_another_kind_has_its_codes_own_hint() -> None:
    error = RungFailed(ErrorCode.OUTPUT_TRUNCATED, "cut").error
    assert not error.retryable
    assert "JR_MAX_OUTPUT_TOKENS" in error.hint
