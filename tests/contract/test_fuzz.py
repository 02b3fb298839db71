"""Schemathesis over the OpenAPI document: every operation keeps its word, whatever is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.serving import serving

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
HERE = Path(__file__).parent
HOOKED = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.fuzz_hooks", "PYTHONPATH": str(HERE.parents[1])}
EXAMPLES = 10
SEED = 20261122


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed")
def test_every_operation_keeps_its_word_whatever_is_sent(tmp_path: Path) -> None:
    with serving(tmp_path / "service", key="k1", api_keys="k1", max_queued=100_000) as service:
        command = [
            *(str(SCHEMATHESIS), "--config-file", str(HERE / "schemathesis.toml")),
            *("run", f"{service.url}/openapi.json", "--header", "X-API-Key: k1"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES)),
            *("--checks", "all", "--seed", str(SEED), "--generation-database", "none"),
            *(
                "--max-time",
                "100",
                "--request-timeout",
                "60",
                "--no-color",
                "--continue-on-failure",
                "--suppress-health-check",
                "all",
            ),
        ]
        run = subprocess.run(
            command, cwd=tmp_path, env=HOOKED, capture_output=True, text=True, timeout=280, check=False
        )

        assert run.returncode == 0, run.stdout[-15_000:] + run.stderr[-2000:]
        assert "request failed" not in (service.folder / "serve.log").read_text()
