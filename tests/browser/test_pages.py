"""The pages in a real browser that reaches nothing but this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import CHROMIUM, dom, picture
from tests.contract.serving import VERBATIM, Service, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: scripts/system-packages"),
]
HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_documentation_shows_the_operations_without_a_network(
    service: Service, tmp_path: Path, page: str
) -> None:
    html = dom(f"{service.url}{page}", tmp_path)

    for shown in ("Post an instruction", "Look at a task, or wait for it", "The unified diff"):
        assert shown in html
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="(?:https?:)?//[^"]+"', html)


def test_the_documentation_can_be_pictured(service: Service, tmp_path: Path) -> None:
    picture(f"{service.url}/docs", tmp_path, tmp_path / "docs.png")

    data = (tmp_path / "docs.png").read_bytes()
    assert data.startswith(PNG)
    assert len(data) > 20_000, "an empty page is smaller"


def test_a_task_is_shown_with_its_file_and_its_events(service: Service, tmp_path: Path) -> None:
    task = service.post(VERBATIM)
    html = dom(f"{service.url}/tasks/{task['id']}", tmp_path)

    for shown in ("greet.py", "task.completed", "verbatim", task["files_created"][0]["sha256"][:12]):
        assert shown in html


def test_the_list_shows_a_task_with_scripts_and_without(service: Service, tmp_path: Path) -> None:
    service.post(VERBATIM, title="Seen in the list")

    without_scripts = service.http.get("/").text

    assert "Seen in the list" in dom(f"{service.url}/", tmp_path)
    assert "Seen in the list" in without_scripts
    assert '<noscript><meta http-equiv="refresh"' in without_scripts


def test_markup_from_an_instruction_is_text(service: Service, tmp_path: Path) -> None:
    instruction = f"# {HOSTILE}\n\nCreate `x.html`:\n\n```html\n{HOSTILE}\n```\n"
    task = service.post(instruction, title=HOSTILE)
    html = dom(f"{service.url}/tasks/{task['id']}", tmp_path)

    assert "<title>owned</title>" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html
