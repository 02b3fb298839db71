"""The contract of keys: with some set, nobody gets in without one."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.contract.serving import VERBATIM, Service, serving

KEY = "schlüssel-1"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("keys"), api_keys=f"{KEY}, second") as running:
        yield running


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nope"},
        {"Authorization": "Basic !!"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/backends", "/metrics", "/", "/new", "/tasks/x"])
def test_a_stranger_is_turned_away(service: Service, path: str, headers: dict[str, str]) -> None:
    answer = service.http.get(path, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"]


def test_a_stranger_posts_nothing(service: Service) -> None:
    answer = service.http.post("/v1/tasks", content=b"\xff", headers={"Content-Type": "text/markdown"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": KEY.encode()},
        {"Authorization": b"Bearer " + KEY.encode()},
        {"Authorization": "Bearer second"},
    ],
)
def test_a_key_opens(service: Service, headers: dict[str, str]) -> None:
    assert service.http.get("/v1/tasks", headers=headers).status_code == 200


def test_a_browser_gives_the_key_as_password(service: Service) -> None:
    auth = httpx2.BasicAuth("anyone", "second")

    assert service.http.get("/", auth=auth).status_code == 200
    assert service.http.get("/v1/tasks", auth=auth).status_code == 200
    assert service.http.get("/").headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/openapi.json", "/problems/not-found"])
def test_health_and_documentation_need_no_key(service: Service, path: str) -> None:
    assert service.http.get(path).status_code == 200


def test_with_keys_any_host_name_is_served(service: Service) -> None:
    assert service.http.get("/livez", headers={"Host": "jr.example.org"}).status_code == 200


def test_an_idempotency_key_is_its_callers_own(service: Service) -> None:
    ids = set()
    for key in (KEY.encode(), b"second"):
        headers = {b"X-API-Key": key, b"Idempotency-Key": b"same"}
        ids.add(service.http.post("/v1/tasks", json={"instruction": VERBATIM}, headers=headers).json()["id"])

    assert len(ids) == 2
