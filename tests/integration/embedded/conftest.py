"""The embedded model, served once for these tests, where its weights are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.embedded.server import embedded_servers
from app.embedded.weights import QWEN_HALF_B, default_cache


def silent(what, done, total):
    """Tells nobody."""


@pytest.fixture(scope="session")
def weights_file():
    pytest.importorskip("xllamacpp", reason="the extra `embedded` is not installed")
    setting = os.environ.get("JR_EMBEDDED_MODEL")
    path = Path(setting) if setting else default_cache() / QWEN_HALF_B.file
    if not path.is_file():
        pytest.skip(f"the embedded model's weights are not there ({path}); `make demo` fetches them")
    return path


@pytest.fixture(scope="session")
def endpoints(weights_file):
    with embedded_servers(weights_file, silent, window=4096, slots=1) as served:
        yield served
