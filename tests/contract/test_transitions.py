"""The contract of the verbs: cancel, retry, approve, reject, delete."""

from __future__ import annotations

import time

import pytest

from tests.contract.conftest import HELD
from tests.contract.serving import VERBATIM, Service


def test_a_running_task_is_cancelled_within_a_second_and_again_is_no_error(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    service.until(task["id"], lambda task: task["stage"] == "planning")
    start = time.monotonic()
    first = service.http.post(f"/v1/tasks/{task['id']}/cancel")
    service.until(task["id"], lambda task: task["status"] == "cancelled")
    took = time.monotonic() - start
    again = service.http.post(f"/v1/tasks/{task['id']}/cancel")

    assert first.status_code == again.status_code == 200
    assert again.json()["status"] == "cancelled"
    assert again.json()["completed_at"]
    assert took < 5, "the bar is one second; a busy machine gets some more"


def test_what_ended_otherwise_cannot_be_cancelled(service: Service) -> None:
    task = service.post(VERBATIM)
    answer = service.http.post(f"/v1/tasks/{task['id']}/cancel")

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/conflict"
    assert service.task(task["id"])["status"] == "completed"


def test_a_cancelled_task_is_tried_again_as_the_same_task(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    service.http.post(f"/v1/tasks/{task['id']}/cancel")
    service.until(task["id"], lambda task: task["status"] == "cancelled")
    answer = service.http.post(f"/v1/tasks/{task['id']}/retry")

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/tasks/{task['id']}"
    assert (answer.json()["id"], answer.json()["attempt"]) == (task["id"], 2)
    assert answer.json()["status"] in {"queued", "in_progress"}
    service.http.post(f"/v1/tasks/{task['id']}/cancel")


def test_a_completed_task_is_not_tried_again(service: Service) -> None:
    task = service.post(VERBATIM)

    assert service.http.post(f"/v1/tasks/{task['id']}/retry").status_code == 409


def test_nothing_is_written_before_an_approval(service: Service) -> None:
    task = service.post(VERBATIM, workspace="approved", approval="required", wait=1)
    task = service.until(task["id"], lambda task: task["status"] == "awaiting_approval")
    file = service.folder / "workspace/approved/greet.py"

    assert not file.exists()
    assert task["deliverables"][0]["disposition"] == "awaiting_approval"
    assert "+def greet" in service.http.get(f"/v1/tasks/{task['id']}/diff").text

    assert service.http.post(f"/v1/tasks/{task['id']}/approve").status_code == 200
    task = service.until(task["id"], lambda task: task["status"] == "completed")
    assert file.exists()
    assert task["deliverables"][0]["disposition"] == "written"


def test_a_change_set_is_not_approved_over_files_that_have_changed_since(service: Service) -> None:
    folder = service.folder / "workspace/moved"
    folder.mkdir()
    (folder / "greet.py").write_text("seen\n")
    (folder / "other.txt").write_text("nobody's business\n")
    task = service.post(VERBATIM, workspace="moved", approval="required", wait=1)
    task = service.until(task["id"], lambda task: task["status"] == "awaiting_approval")
    (folder / "other.txt").write_text("changed\n")
    (folder / "greet.py").write_text("changed\n")
    answer = service.http.post(f"/v1/tasks/{task['id']}/approve")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["paths"] == ["greet.py"]
    assert service.task(task["id"]) == task
    assert (folder / "greet.py").read_text() == "changed\n"

    (folder / "greet.py").write_text("seen\n")
    assert service.http.post(f"/v1/tasks/{task['id']}/approve").status_code == 200
    service.until(task["id"], lambda task: task["status"] == "completed")
    assert (folder / "greet.py").read_text().startswith("def greet")


def test_a_link_put_in_a_targets_place_is_no_way_to_an_approval(service: Service) -> None:
    task = service.post(VERBATIM, workspace="linked", approval="required", wait=1)
    service.until(task["id"], lambda task: task["status"] == "awaiting_approval")
    (service.folder / "workspace/linked").mkdir()
    (service.folder / "workspace/linked/greet.py").symlink_to(service.folder / "canary.py")
    answer = service.http.post(f"/v1/tasks/{task['id']}/approve")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["paths"] == ["greet.py"]
    assert not (service.folder / "canary.py").exists()
    assert service.http.post(f"/v1/tasks/{task['id']}/reject").json()["error"]["code"] == "rejected"


def test_a_rejected_task_has_failed_and_wrote_nothing(service: Service) -> None:
    task = service.post(VERBATIM, workspace="rejected", approval="required", wait=1)
    service.until(task["id"], lambda task: task["status"] == "awaiting_approval")
    answer = service.http.post(f"/v1/tasks/{task['id']}/reject")

    assert answer.status_code == 200
    task = service.until(task["id"], lambda task: task["status"] == "failed")
    assert task["error"]["code"] == "rejected"
    assert not (service.folder / "workspace/rejected/greet.py").exists()


def test_a_protected_target_waits_for_approval(service: Service) -> None:
    task = service.post("Create `.env`:\n\n```ini\nDEBUG=1\n```\n", wait=1)

    service.until(task["id"], lambda task: task["status"] == "awaiting_approval")


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_only_a_waiting_task_is_decided_about(service: Service, verb: str) -> None:
    task = service.post(VERBATIM)

    assert service.http.post(f"/v1/tasks/{task['id']}/{verb}").status_code == 409


def test_a_deleted_task_is_gone(service: Service) -> None:
    task = service.post(VERBATIM)
    answer = service.http.delete(f"/v1/tasks/{task['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    for path in ("", "/events", "/artifacts", "/diff", "/archive", "/files/greet.py"):
        assert service.http.get(f"/v1/tasks/{task['id']}{path}").status_code == 404
    assert service.http.delete(f"/v1/tasks/{task['id']}").status_code == 404


def test_a_running_task_is_not_deleted(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    service.until(task["id"], lambda task: task["stage"] == "planning")

    assert service.http.delete(f"/v1/tasks/{task['id']}").status_code == 409
    service.http.post(f"/v1/tasks/{task['id']}/cancel")


@pytest.mark.parametrize("verb", ["cancel", "retry", "approve", "reject", "revert"])
@pytest.mark.parametrize("task_id", ["nope", "0" * 32, "%00", "a%20b", "x" * 300])
def test_an_unknown_task_is_not_found(service: Service, verb: str, task_id: str) -> None:
    answer = service.http.post(f"/v1/tasks/{task_id}/{verb}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
