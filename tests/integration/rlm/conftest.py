"""The cage as it works here; where it or the package is missing, tests are skipped with the reason."""

from __future__ import annotations

import importlib.util

import pytest

from app.sandbox.bwrap import find
from app.sandbox.cage import Cage


@pytest.fixture(scope="session")
def cage() -> Cage:
    if importlib.util.find_spec("rlm") is None:
        pytest.skip("the package rlms is not installed: make install EXTRAS=rlm")
    found = find()
    if isinstance(found, str):
        pytest.skip(found)
    return Cage(bubblewrap=found)
