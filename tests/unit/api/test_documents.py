"""The documentation names what there is: settings, commands, events, metrics and problems."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.api import catalogue
from app.api.metrics import Metrics
from app.cli.root import ROOMS
from app.settings import Settings

ROOT = Path(__file__).parents[3]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
HTTP = (ROOT / "docs/http.md").read_text(encoding="utf-8")
SCRIPT = (ROOT / "app/ui/static/jr.js").read_text(encoding="utf-8")
EVENT = re.compile(r'"((?:task|stage|plan|step)\.[a-z_]+|model\.called|fallback)"')


def events() -> set[str]:
    sources = [*(ROOT / "app/engine").rglob("*.py"), *(ROOT / "app/pipeline").rglob("*.py")]
    sources += (ROOT / "app/store").rglob("*.py")
    return {name for source in sources for name in EVENT.findall(source.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained_with_its_default(name: str) -> None:
    rows = [
        line for line in OPERATIONS.splitlines() if line.startswith("|") and f"`JR_{name.upper()}`" in line
    ]
    default = Settings.model_fields[name].default

    assert len(rows) == 1, name
    shown = (
        "none" if default in (None, "") else f"`{f'{default:g}' if isinstance(default, float) else default}`"
    )
    assert shown.replace("`var", "`./var") in rows[0]


def test_no_setting_is_explained_that_is_not_there() -> None:
    known = {f"JR_{name.upper()}" for name in Settings.model_fields} | {"JR_URL", "JR_API_KEY"}

    assert set(re.findall(r"JR_[A-Z_]+", OPERATIONS)) <= known


@pytest.mark.parametrize("command", ROOMS)
def test_every_command_is_explained(command: str) -> None:
    assert f"`jr {command}" in OPERATIONS


def test_every_metric_is_explained() -> None:
    names = re.findall(r"^# TYPE ([a-z_]+)", Metrics().exposition({}, ()).decode(), re.MULTILINE)

    assert names
    for name in names:
        assert f"`{name}`" in OPERATIONS


def test_every_event_is_explained_and_followed_by_the_pages() -> None:
    found = events()

    assert {"task.queued", "stage.entered", "plan.made", "fallback", "task.completed"} <= found
    for name in found:
        assert f"`{name}`" in HTTP, name
        assert f'"{name}"' in SCRIPT or name == "task.queued", name


@pytest.mark.parametrize("kind", catalogue.ALL, ids=lambda kind: kind.code)
def test_every_problem_is_explained(kind: catalogue.ProblemType) -> None:
    rows = [line for line in HTTP.splitlines() if f"`{kind.code}`" in line and f"| {kind.status} |" in line]

    assert rows
