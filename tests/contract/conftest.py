"""One service for the tests of a module, with model servers that answer what each test scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.contract.serving import Service, serving
from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen

HELD = "hold this call"


def _plan(seen: Seen) -> Reply:
    """A plan for the paths the schema allows, or for `made.py`."""
    if HELD in seen.prompt:
        return Reply("", first_s=30)
    items = (seen.schema or {}).get("properties", {}).get("steps", {}).get("items", {})
    targets = items.get("properties", {}).get("target", {}).get("enum", ["made.py"])
    steps = [
        {
            "step_number": number,
            "action": "create_file",
            "target": target,
            "description": f"write {target}",
            "code_needed": True,
            "depends_on": [],
        }
        for number, target in enumerate(targets, 1)
    ]
    plan = {"title": "A plan", "summary": "As asked.", "steps": steps}
    return Reply(json.dumps({**plan, "files_to_create": targets, "files_to_modify": []}))


def _code(seen: Seen) -> Reply:
    if seen.schema:
        return _plan(seen)
    return Reply('```python\ndef validate():\n    return "Success!"\n```\n')


@pytest.fixture(scope="module")
def models() -> Iterator[dict[str, str]]:
    """A PM and a coder that do what is asked, on loopback."""
    with FakeOllama(_plan) as ollama, FakeVllm(_code) as vllm:
        yield {"ollama_url": ollama.url, "vllm_url": vllm.base}


@pytest.fixture(scope="module")
def service(models: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), **models) as running:
        yield running
