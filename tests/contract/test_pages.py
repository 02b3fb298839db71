"""The contract of the dashboard: everything without scripts, hostile text as text, refusals as pages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx2
import pytest

from tests.contract.conftest import HELD
from tests.contract.serving import VERBATIM, Service

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HTML = {"Accept": "text/html"}


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def post_form(service: Service, path: str, **fields: str) -> httpx2.Response:
    return service.http.post(path, data=fields, headers={"Origin": service.url, **HTML})


@pytest.mark.parametrize("path", ["/", "/new", "/backends", "/?status=completed", "/docs", "/redoc"])
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(service: Service, path: str) -> None:
    answer = service.http.get(path)
    tags = Tags(answer.text).found

    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("src") or "/").startswith("/"), tag
        assert tag != "script" or attributes.get("src")
    for address in re.findall(r'(?:src|href)="(/(?:static|docs)[^"]*)"', answer.text):
        assert service.http.get(address).status_code == 200, address


def test_a_task_is_posted_and_seen_without_scripts(service: Service) -> None:
    fields = {"title": "By hand", "workspace": "pages", "mode": "auto", "approval": "auto"}
    answer = post_form(service, "/tasks", instruction=VERBATIM.replace("\n", "\r\n"), **fields)
    task_id = answer.headers["Location"].rpartition("/")[2]
    task = service.until(task_id, lambda task: task["status"] == "completed")
    page = service.http.get(answer.headers["Location"], headers=HTML).text

    assert answer.status_code == 303
    assert service.file(task_id, "greet.py").content == b"def greet() -> str:\n    return 'hello'\n"
    for shown in ("By hand", "greet.py", "task.completed", task["files_created"][0]["sha256"][:12]):
        assert shown in page


@pytest.mark.parametrize(
    "fields",
    [{"instruction": ""}, {"instruction": "x", "workspace": "../up"}, {"instruction": "x", "mode": "fast"}],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed(
    service: Service, fields: dict[str, str]
) -> None:
    answer = post_form(service, "/tasks", title="kept <b>", **fields)

    assert answer.status_code == 422
    assert 'value="kept &lt;b&gt;"' in answer.text


def test_hostile_text_stays_text_on_every_page(service: Service) -> None:
    instruction = f"# {HOSTILE}\n\nCreate `a<b>.html`:\n\n```html\n{HOSTILE}\n```\n"
    task = service.post(instruction, title=HOSTILE)
    for path in ("/", f"/tasks/{task['id']}"):
        page = service.http.get(path, headers=HTML).text
        names = [tag for tag, _ in Tags(page).found]
        assert "img" not in names
        assert names.count("script") == 1


def test_buttons_do_what_they_say(service: Service) -> None:
    waiting = service.post(VERBATIM, workspace="buttons", approval="required", wait=1)
    service.until(waiting["id"], lambda task: task["status"] == "awaiting_approval")
    page = service.http.get(f"/tasks/{waiting['id']}", headers=HTML).text
    forms = [attributes["action"] for tag, attributes in Tags(page).found if tag == "form"]

    assert forms == [f"/tasks/{waiting['id']}/{verb}" for verb in ("approve", "reject", "cancel")]
    assert "+def greet" in page
    assert post_form(service, f"/tasks/{waiting['id']}/approve").status_code == 303
    service.until(waiting["id"], lambda task: task["status"] == "completed")
    assert post_form(service, f"/tasks/{waiting['id']}/delete").headers["Location"] == "/"
    assert service.http.get(f"/v1/tasks/{waiting['id']}").status_code == 404


def test_a_running_task_refreshes_itself(service: Service) -> None:
    task = service.post(f"Write `x.py`. {HELD}", wait=0)
    page = service.http.get(f"/tasks/{task['id']}", headers=HTML).text

    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'data-events="/v1/tasks/{task["id"]}/events?after=' in page
    post_form(service, f"/tasks/{task['id']}/cancel")


@pytest.mark.parametrize(("path", "status"), [("/tasks/nope", 404), ("/?before=x", 400)])
def test_a_refusal_is_a_page_for_whoever_reads_pages(service: Service, path: str, status: int) -> None:
    page = service.http.get(path, headers=HTML)
    problem = service.http.get(path)

    assert page.status_code == problem.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
    assert problem.headers["Content-Type"] == "application/problem+json"


def test_an_action_that_is_too_late_is_explained(service: Service) -> None:
    task = service.post(VERBATIM)

    assert post_form(service, f"/tasks/{task['id']}/cancel").status_code == 409
    assert post_form(service, f"/tasks/{task['id']}/launch").status_code == 404


def test_another_sites_form_posts_nothing(service: Service) -> None:
    answer = service.http.post(
        "/tasks", data={"instruction": VERBATIM}, headers={"Origin": "http://evil.example"}
    )

    assert answer.status_code == 403
