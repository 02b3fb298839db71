"""The real service, in a process of its own, on the real embedded model."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from app.cli.demo import environment, serving
from app.cli.service import Service
from app.cli.tasks import service_at
from app.embedded.server import embedded_servers
from app.settings import Settings
from tests.acceptance.weights import silent, weights_or_skip


class Running(NamedTuple):
    service: Service
    workspaces: Path


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    with embedded_servers(weights_or_skip(), silent) as found:
        settings = Settings().model_copy(update=found.settings())
        variables = {**environment(settings, folder), "JR_ALLOWED_ROOTS": str(tmp_path_factory.getbasetemp())}
        with serving(variables, folder / "serve.log") as url, service_at(url, None) as service:
            yield Running(service, folder / "workspace")
