"""The contract of the service itself: health, model servers, metrics, and errors that are all problems."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

from app.api import catalogue
from tests.contract.serving import VERBATIM, Service, serving


def test_it_lives_and_is_ready(service: Service) -> None:
    assert service.http.get("/livez").json() == {"status": "alive"}
    assert service.http.get("/readyz").json() == {"status": "ready", "checks": None}
    checks = {check["name"]: check for check in service.http.get("/readyz?verbose").json()["checks"]}
    assert {"database", "migrations", "worker"} <= checks.keys()
    assert all(check["ok"] for check in checks.values())


def test_a_service_without_a_worker_is_not_ready_and_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-worker") as idle:
        answer = idle.http.get("/readyz")
        problem = answer.json()

    assert (answer.status_code, problem["code"]) == (503, "not_ready")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [check["name"] for check in problem["checks"] if not check["ok"]] == ["worker"]
    assert "worker" in problem["detail"]


def test_each_model_server_is_shown(service: Service) -> None:
    found = {each["role"]: each for each in service.http.get("/v1/backends").json()["backends"]}

    assert found["pm"]["reachable"]
    assert found["pm"]["dialect"] == "ollama"
    assert found["pm"]["version"]
    assert found["coder"]["models"] == ["coder"]
    assert found["coder"]["context_window"] == 32768
    assert found["coder"]["breaker"] == "closed"


def test_metrics_count_what_happened(service: Service) -> None:
    service.post(VERBATIM)
    answer = service.http.get("/metrics")
    figures = dict(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+]+)$", answer.text, re.MULTILINE))

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert float(figures['tasks_created_total{source="api"}']) >= 1
    assert float(figures['tasks_finished_total{status="completed"}']) >= 1
    assert float(figures["tasks_queue_depth"]) == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/v1/tasks/nope", 404),
        ("GET", "/v1/tasks/", 404),
        ("GET", "/static/nope.css", 404),
        ("GET", "/docs/assets/../../main.py", 404),
        ("PUT", "/v1/tasks", 405),
        ("POST", "/livez", 405),
        ("GET", "/v1/instructions/check", 405),
        ("GET", "/v1/tasks?page_size=0", 422),
        ("GET", "/v1/tasks?status=done", 422),
        ("GET", "/problems/nope", 404),
        ("GET", "/tasks/nope", 404),
    ],
)
def test_the_frameworks_own_errors_are_problems(
    service: Service, method: str, path: str, status: int
) -> None:
    answer = service.http.request(method, path)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    if status == 405:
        allowed = answer.headers["Allow"].split(", ")
        assert ("GET" in allowed) == ("HEAD" in allowed)


@pytest.mark.parametrize("path", ["/livez", "/v1/tasks/{id}", "/v1/tasks/{id}/archive", "/docs", "/nope"])
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    path = path.format(id=service.post(VERBATIM)["id"])
    headers, whole = service.http.head(path), service.http.get(path)
    own = {"date", "x-request-id"}

    assert (headers.status_code, headers.content) == (whole.status_code, b"")
    assert {k: v for k, v in headers.headers.items() if k not in own} == {
        k: v for k, v in whole.headers.items() if k not in own
    }


def test_head_of_a_stream_ends_at_once(service: Service) -> None:
    waiting = service.post(VERBATIM, approval="required")
    accept = {"Accept": "text/event-stream"}
    answer = service.http.head(f"/v1/tasks/{waiting['id']}/events", headers=accept, timeout=10)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert "request failed" not in (service.folder / "serve.log").read_text()


def test_a_request_keeps_the_id_it_came_with(service: Service) -> None:
    kept = service.http.get("/nope", headers={"X-Request-ID": "abc.1"})
    replaced = service.http.get("/nope", headers={"X-Request-ID": "a b\x7f"})

    assert kept.headers["X-Request-ID"] == kept.json()["request_id"] == "abc.1"
    assert replaced.headers["X-Request-ID"] != "a b\x7f"


@pytest.mark.parametrize("kind", catalogue.ALL, ids=lambda kind: kind.code)
def test_each_kind_of_problem_has_its_page(service: Service, kind: catalogue.ProblemType) -> None:
    page = service.http.get(kind.uri)

    assert page.status_code == 200
    assert f"<code>{kind.code}</code>" in page.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_sites_page_changes_nothing(service: Service, headers: dict[str, str]) -> None:
    answer = service.http.post("/v1/tasks", json={"instruction": VERBATIM}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


def test_a_name_that_dns_points_here_is_no_way_in_without_keys(service: Service) -> None:
    answer = service.http.get("/v1/tasks", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
    for host in ("localhost", "127.0.0.1:80", "[::1]:80", "jr", "jr.localhost"):
        assert service.http.get("/livez", headers={"Host": host}).status_code == 200


def test_the_check_says_how_an_instruction_is_understood(service: Service) -> None:
    answer = service.http.post("/v1/instructions/check", json={"instruction": VERBATIM})
    check = answer.json()

    assert answer.status_code == 200
    assert (check["title"], check["verdict"]) == ("Hello", "complete")
    assert check["deliverables"][0]["source"] == {"start_line": 5, "end_line": 8}
    assert check["blocks"][0]["disposition"] == "create"


def test_no_answer_names_the_server_behind_it(service: Service) -> None:
    assert "uvicorn" not in str(httpx2.get(f"{service.url}/livez").headers)
