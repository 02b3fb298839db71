"""The cursor of a listing: opaque, and of use only with the filters it was made with."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from app.engine.errors import BadCursor
from app.task import Status, Task


def write(last: Task, status: Status | None, workspace: str | None) -> str:
    """Where the page after `last` begins."""
    text = json.dumps([last.created_at.isoformat(), last.id, status, workspace])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str | None, status: Status | None, workspace: str | None) -> tuple[datetime, str] | None:
    """The creation time and id to go on after; None for the first page. Raises `BadCursor`."""
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        at, task_id, *filters = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        start = datetime.fromisoformat(at)
        known = start.tzinfo is not None and task_id.isascii() and task_id.isalnum()
        start = start.astimezone(UTC)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadCursor("the page token was not made by this service") from error
    if not known:
        raise BadCursor("the page token was not made by this service")
    if filters != [status, workspace]:
        raise BadCursor("the page token was made with other filters")
    return start, task_id
