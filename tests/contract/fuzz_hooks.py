"""What schemathesis should not send, since no schema can tell it."""

from __future__ import annotations

from typing import Any

import schemathesis

UNLIKELY_TWICE = 12


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """A markdown body is text by nature; an idempotency key that comes twice is refused, and rightly."""
    key = (case.headers or {}).get("Idempotency-Key")
    is_text = case.media_type != "text/markdown" or isinstance(case.body, str)
    return is_text and (key is None or len(str(key)) >= UNLIKELY_TWICE)
