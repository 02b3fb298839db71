"""API and worker as processes of their own over one PostgreSQL, as several machines run them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.serving import COMMAND, END_S, VERBATIM, Service, environment, serving
from tests.fakes.postgres import Postgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API that does no work, and a worker that has no API."""
    folder, url = tmp_path_factory.mktemp("many"), postgres.create()
    settings = environment(folder, database_url=url)
    migrated = subprocess.run([*COMMAND, "migrate"], env=settings, cwd=folder, check=False, timeout=60)
    assert migrated.returncode == 0
    with serving(folder, "--no-worker", database_url=url) as running:
        worker = subprocess.Popen([*COMMAND, "worker"], env=settings, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            yield running
        finally:
            worker.terminate()
            assert worker.wait(END_S) == 0


def test_a_task_posted_to_one_is_done_by_the_other(service: Service) -> None:
    task = service.post(VERBATIM)

    assert task["status"] == "completed"
    assert service.file(task["id"], "greet.py").status_code == 200
    assert service.http.get("/readyz").status_code == 200
    listed = service.http.get("/v1/tasks").json()["tasks"][0]
    assert listed == {name: task[name] for name in listed}


def test_events_reach_a_stream_of_another_process(service: Service) -> None:
    task = service.post(VERBATIM, wait=0)
    path = f"/v1/tasks/{task['id']}/events"
    with service.http.stream("GET", path, headers={"Accept": "text/event-stream"}) as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("event: ")]

    assert lines[0] == "event: task.queued"
    assert lines[-1] == "event: task.completed"


def test_a_database_that_is_away_is_a_problem_to_come_again_for(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create()
    settings = environment(tmp_path, database_url=url)
    subprocess.run([*COMMAND, "migrate"], env=settings, cwd=tmp_path, check=True, timeout=60)
    with serving(tmp_path, "--no-worker", database_url=url) as running:
        postgres.stop()
        try:
            posted = running.http.post("/v1/tasks", json={"instruction": VERBATIM})
            ready = running.http.get("/readyz")
        finally:
            postgres.start()

    assert (posted.status_code, posted.json()["code"]) == (503, "unavailable")
    assert int(posted.headers["Retry-After"]) > 0
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert "request failed" not in (running.folder / "serve.log").read_text()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tasks?page_token=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgIlx1MDAwMCIsIG51bGwsIG51bGxd",
        "/v1/tasks?workspace=%00",
        "/v1/tasks/%00",
        "/v1/tasks/x/artifacts/%00",
        "/v1/tasks/x/files/%00",
        "/v1/tasks/x/events?after=9007199254740992",
    ],
)
def test_what_postgresql_cannot_hold_is_no_crash(service: Service, path: str) -> None:
    assert service.http.get(f"{service.url}{path}").status_code in {400, 404, 422}


def test_a_database_that_is_not_migrated_is_said_so(postgres: Postgres, tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, "serve", "--port", "0"],
        env=environment(tmp_path, database_url=postgres.create()),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 3
    assert "jr migrate" in run.stderr
    assert "Traceback" not in run.stderr
