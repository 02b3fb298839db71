"""What a caller would like, from its headers: `Prefer` (RFC 7240) and `Accept`."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_WAIT_S = 60
_WAIT = re.compile(r'\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?', re.ASCII | re.IGNORECASE)


def wait_s(prefer: Sequence[str]) -> int | None:
    """The seconds of `Prefer: wait=N`, at most MAX_WAIT_S; None where no (readable) wait is asked for."""
    for preference in ",".join(prefer).split(","):
        found = _WAIT.fullmatch(preference)
        if found:
            return min(int(found[1]), MAX_WAIT_S)
    return None


def applied(wait: int | None) -> dict[str, str]:
    """The headers that tell which preference was honoured."""
    return {} if wait is None else {"Preference-Applied": f"wait={wait}"}


def wants_event_stream(accept: str | None) -> bool:
    """Whether `Accept` names `text/event-stream`, and not with a quality of zero."""
    for part in (accept or "").lower().split(","):
        media, _, parameters = part.partition(";")
        if media.strip() == "text/event-stream":
            return not re.search(r"(?:^|;)\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)", parameters)
    return False
