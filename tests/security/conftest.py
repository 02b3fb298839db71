"""Bubblewrap as it works here; where it does not, the tests that need it are skipped with the reason."""

from __future__ import annotations

import pytest

from app.sandbox.bwrap import Bubblewrap, find


@pytest.fixture(scope="session")
def walls() -> Bubblewrap:
    found = find()
    if isinstance(found, str):
        pytest.skip(found)
    return found
