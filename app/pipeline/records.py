"""A step's record, filled from the completion whose reply it is about."""

from __future__ import annotations

from dataclasses import replace

from app.llm.call import Completion
from app.task import StepRecord


def asked_again(record: StepRecord, completion: Completion | None, matched_by: str | None) -> StepRecord:
    """The record after one more reply; nothing of the reply before stays in it."""
    return replace(
        record,
        attempts=record.attempts + 1,
        model=completion.model if completion else None,
        backend=completion.backend if completion else None,
        matched_by=matched_by,
        finish_reason=completion.finish if completion else None,
        duration_ms=completion.duration_ms if completion else 0,
        prompt_tokens=completion.prompt_tokens if completion else None,
        completion_tokens=completion.completion_tokens if completion else None,
        cached_tokens=completion.cached_tokens if completion else None,
    )
