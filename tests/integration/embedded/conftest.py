"""The embedded model, served once for these tests, where its weights are."""

from __future__ import annotations

import pytest

from app.embedded.server import embedded_servers
from tests.acceptance.weights import silent, weights_or_skip


@pytest.fixture(scope="session")
def weights_file():
    return weights_or_skip()


@pytest.fixture(scope="session")
def endpoints(weights_file):
    with embedded_servers(weights_file, silent, window=4096, slots=1) as served:
        yield served
