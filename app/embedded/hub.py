"""Weights from the model's own hub: one HTTPS download that goes on where a broken one stopped."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from app.embedded.errors import WeightsError
from app.embedded.progress import Report

CHUNK = 1 << 20
STALL_S = 30.0


def fetch(url: str, target: Path, size: int, progress: Report) -> None:
    """Appends what `target` lacks of the file's `size` bytes. Raises WeightsError and keeps what has come."""
    have = target.stat().st_size if target.exists() else 0
    if have >= size:
        target.unlink()
        have = 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"})  # noqa: S310 -- an https URL of ours
    try:
        with urllib.request.urlopen(request, timeout=STALL_S) as answer:  # noqa: S310 -- as above
            resumed = answer.status == 206  # noqa: PLR2004 -- Partial Content
            with target.open("ab" if resumed else "wb") as file:
                done = have if resumed else 0
                while chunk := answer.read(CHUNK):
                    done += file.write(chunk)
                    progress("download the weights", min(done, size), size)
    except (OSError, HTTPException) as problem:
        raise WeightsError(f"model hub: {problem}") from problem
    if done != size:
        raise WeightsError(f"model hub: the download ended after {done} of {size} bytes; try again")
