"""A failed call is stored and comes back as the failure it was."""

from __future__ import annotations

import pytest

from app.engine import failures
from app.llm.errors import (
    BackendUnavailable,
    CircuitOpen,
    ContextOverflow,
    LlmError,
    OutputInvalid,
    SchemaUnsupported,
)


@pytest.mark.parametrize(
    "error",
    [
        BackendUnavailable("refused", server="http://a", refused=True),
        CircuitOpen("known to be down", retry_after_s=2.5),
        ContextOverflow("too long", prompt_tokens=9, window=8),
        OutputInvalid("of no use", text='{"failure": "\u00e9"'),
        SchemaUnsupported("no schema"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_kind_comes_back_with_all_that_it_told(error: LlmError) -> None:
    error.attempts = 3
    again = failures.load(failures.dump(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_a_reply_is_no_failure() -> None:
    assert failures.load('{"text": "failure"}') is None
