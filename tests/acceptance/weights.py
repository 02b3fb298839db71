"""Where the embedded model's weights are on this machine, or why a test goes without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.embedded.weights import QWEN_HALF_B, default_cache


def silent(what, done, total):
    """Tells nobody of any progress."""


def weights_or_skip() -> Path:
    """The weights file; it is never fetched here."""
    pytest.importorskip("xllamacpp", reason="the extra `embedded` is not installed")
    setting = os.environ.get("JR_EMBEDDED_MODEL")
    path = Path(setting) if setting else default_cache() / QWEN_HALF_B.file
    if not path.is_file():
        pytest.skip(f"the embedded model's weights are not there ({path}); `make demo` fetches them")
    return path
