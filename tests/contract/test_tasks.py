"""The contract of posting, listing and looking at tasks."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import HELD
from tests.contract.serving import VERBATIM, Service

TASK_FIELDS = {
    "id", "version", "status", "stage", "title", "workspace", "mode", "execution_mode", "plan", "planned_by",
    "fallbacks", "deliverables", "files_created", "steps_executed", "artifacts", "summary", "error", "usage",
    "progress", "attempt", "metadata", "created_at", "started_at", "completed_at",
}  # fmt: skip
DELIVERABLE_FIELDS = {
    "id", "kind", "path", "content", "source", "disposition", "sha256", "bytes", "detail", "format",
    "search_sha256", "replace_sha256",
}  # fmt: skip
STEP_FIELDS = {
    "step_number", "action", "target", "status", "attempts", "model", "backend", "matched_by",
    "finish_reason", "duration_ms", "prompt_tokens", "completion_tokens", "cached_tokens", "checks",
}  # fmt: skip


def test_a_posted_instruction_is_accepted_with_its_place_and_a_pace_to_poll(service: Service) -> None:
    answer = service.http.post("/v1/tasks", json={"instruction": f"Write `x.py`. {HELD}"})
    task = answer.json()

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/tasks/{task['id']}"
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["ETag"] == f'W/"{task["version"]}"'
    assert service.http.get(answer.headers["Location"]).json()["id"] == task["id"]
    service.http.post(f"/v1/tasks/{task['id']}/cancel")


def test_markdown_is_taken_as_it_stands(service: Service) -> None:
    answer = service.http.post(
        "/v1/tasks",
        content=VERBATIM.encode(),
        headers={"Content-Type": "text/markdown; charset=UTF-8", "Prefer": "wait=30"},
    )

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert "Retry-After" not in answer.headers
    assert answer.json()["execution_mode"] == "verbatim"


def test_the_articles_task_is_done_by_two_models_and_stored_whole(service: Service) -> None:
    target = f"{service.folder}/outside/final_test.py"
    posted = service.post(f"Create a file {target} with a function validate() that returns Success.")
    task = service.task(posted["id"])
    code = b'def validate():\n    return "Success!"\n'

    assert task == posted
    assert task.keys() >= TASK_FIELDS
    assert (task["status"], task["execution_mode"], task["error"]) == ("completed", "dual_model", None)
    assert task["planned_by"] == {"model": "executive_jr", "backend": "ollama"}
    assert task["plan"]["steps"][0]["target"] == target
    (owed,), (file,), (step,) = task["deliverables"], task["files_created"], task["steps_executed"]
    assert owed.keys() >= DELIVERABLE_FIELDS
    assert step.keys() >= STEP_FIELDS
    assert (owed["disposition"], owed["bytes"]) == ("written", len(code))
    assert owed["sha256"] == file["sha256"] == hashlib.sha256(code).hexdigest()
    assert (step["backend"], step["finish_reason"]) == ("vllm", "stop")
    assert {"file", "model_reply"} <= {each["kind"] for each in task["artifacts"]}
    assert task["summary"]
    assert task["completed_at"] >= task["started_at"] >= task["created_at"]
    assert service.file(task["id"], target).content == code


def test_members_of_a_new_task_come_back(service: Service) -> None:
    asked: dict[str, Any] = {
        "title": "Täglich",
        "workspace": "team/projekt",
        "metadata": {"ticket": "J-1", "deep": [1, 2.5, None, {"ok": True}], "wide": 10**40},
        "priority": 3,
        "deadline_s": 600,
        "callback_url": "http://127.0.0.1:9/hook",
    }
    task = service.post(VERBATIM, **asked)

    assert {name: task[name] for name in asked} == asked
    assert (service.folder / "workspace/team/projekt/greet.py").exists()


def test_the_same_key_and_body_are_the_same_task(service: Service) -> None:
    body, headers = {"instruction": VERBATIM, "title": "once"}, {"Idempotency-Key": "order 66"}
    first = service.http.post("/v1/tasks", json=body, headers=headers)
    again = service.http.post("/v1/tasks", json=body, headers=headers)
    other = service.http.post("/v1/tasks", json={**body, "title": "twice"}, headers=headers)

    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_raced_by_many_makes_one_task(service: Service) -> None:
    def post(_: int) -> str:
        headers = {"Idempotency-Key": "raced"}
        answer = service.http.post("/v1/tasks", json={"instruction": VERBATIM}, headers=headers)
        return str(answer.json()["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(post, range(16)))) == 1


def test_pages_hold_every_task_once_newest_first(service: Service) -> None:
    ids = [service.post(VERBATIM, workspace="paged")["id"] for _ in range(5)]
    seen: list[str] = []
    token = None
    while True:
        query = {"workspace": "paged", "page_size": "2", **({"page_token": token} if token else {})}
        page = service.http.get("/v1/tasks", params=query).json()
        seen += [task["id"] for task in page["tasks"]]
        token = page["next_page_token"]
        if token is None:
            break

    assert seen == ids[::-1]


def test_a_list_tells_of_each_task_what_the_task_tells(service: Service) -> None:
    posted = service.post(VERBATIM, mode="verbatim", workspace="listed")
    failed = service.post("Write `x.py`.", mode="verbatim", workspace="listed")
    listed = service.http.get("/v1/tasks", params={"workspace": "listed"}).json()["tasks"]

    assert [task["id"] for task in listed] == [failed["id"], posted["id"]]
    for summary, task in zip(listed, (failed, posted), strict=True):
        assert summary == {name: task[name] for name in summary}


def test_a_page_token_is_of_no_use_with_other_filters(service: Service) -> None:
    for _ in range(2):
        service.post(VERBATIM, workspace="filtered")
    token = service.http.get("/v1/tasks", params={"page_size": 1}).json()["next_page_token"]
    answer = service.http.get("/v1/tasks", params={"page_token": token, "status": "failed"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_page_token")
    assert answer.json()["errors"][0]["pointer"] == "/query/page_token"


@pytest.mark.parametrize("token", ["x", "AAAA", "eyJ9", "%00", "W10", "é", "WyIyMDI2IiwgIngiXQ"])
def test_a_foreign_page_token_is_refused(service: Service, token: str) -> None:
    answer = service.http.get("/v1/tasks", params={"page_token": token})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_page_token")


def test_a_large_page_size_is_brought_down(service: Service) -> None:
    assert service.http.get("/v1/tasks", params={"page_size": 10**20}).status_code == 200


def test_tasks_are_found_by_status(service: Service) -> None:
    service.post(VERBATIM)
    completed = service.http.get("/v1/tasks", params={"status": "completed"}).json()["tasks"]

    assert completed
    assert {task["status"] for task in completed} == {"completed"}


def test_an_unchanged_task_costs_304(service: Service) -> None:
    task = service.post(VERBATIM)
    etag = f'W/"{task["version"]}"'
    path = f"/v1/tasks/{task['id']}"
    same = service.http.get(path, headers={"If-None-Match": f'"other", {etag}'})

    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert service.http.get(path, headers={"If-None-Match": "*"}).status_code == 304
    assert service.http.get(path, headers={"If-None-Match": 'W/"999"'}).status_code == 200


def test_a_long_poll_answers_on_the_next_change(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    task = service.until(task["id"], lambda task: task["stage"] == "planning")
    with ThreadPoolExecutor(1) as pool:
        headers = {"If-None-Match": f'W/"{task["version"]}"', "Prefer": "wait=20"}
        polled = pool.submit(service.http.get, f"/v1/tasks/{task['id']}", headers=headers)
        service.http.post(f"/v1/tasks/{task['id']}/cancel")
        answer = polled.result(timeout=15)

    assert answer.status_code == 200
    assert answer.json()["version"] > task["version"]


def test_a_long_poll_without_news_ends_with_304_after_its_wait(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    task = service.until(task["id"], lambda task: task["stage"] == "planning")
    headers = {"If-None-Match": f'W/"{task["version"]}"', "Prefer": "wait=1"}
    answer = service.http.get(f"/v1/tasks/{task['id']}", headers=headers)

    assert (answer.status_code, answer.headers["Preference-Applied"]) == (304, "wait=1")
    service.http.post(f"/v1/tasks/{task['id']}/cancel")
