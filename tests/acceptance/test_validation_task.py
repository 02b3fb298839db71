"""The article's validation task on a real model, and what is stored of it."""

from __future__ import annotations

import hashlib
import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KEPT = (
    "summary",
    "steps_executed",
    "completed_at",
    "execution_mode",
    "files_created",
    "artifacts",
    "plan",
    "deliverables",
    "usage",
)


def test_the_validation_file_is_made_by_two_models_and_the_task_keeps_everything(running, tmp_path):
    target = tmp_path / "final_test.py"
    instruction = f'# Validation\n\nCreate `{target}` with `def validate(): return "Success!"`.\n'
    task = running.service.submit({"instruction": instruction})
    while task["status"] in {"queued", "in_progress"}:
        time.sleep(0.2)
        task = running.service.task(task["id"])
    assert (task["status"], task["execution_mode"], task["fallbacks"]) == ("completed", "dual_model", [])
    assert task["planned_by"]["backend"] == "ollama"
    assert all(task[name] for name in KEPT)
    data = target.read_bytes()
    (file,) = task["files_created"]
    assert (file["path"], file["size"]) == (str(target), len(data))
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    names: dict[str, object] = {}
    exec(compile(data, str(target), "exec"), names)
    assert names["validate"]() == "Success!"  # type: ignore[operator]  # a function, by its name
