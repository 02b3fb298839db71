"""Ten small tickets through the real service on the embedded model: do the files come, and do they work?

`python -m bench.tickets` prints a table and writes `bench/results/tickets.json`. Where JR_OLLAMA_URL or
JR_VLLM_URL is set, those model servers are used instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.cli.demo import environment, serving, with_models
from app.cli.service import Service
from app.cli.tasks import service_at
from app.settings import Settings

INSTRUCTIONS = Path(__file__).parent / "instructions"
RESULTS = Path(__file__).parent / "results" / "tickets.json"
CHECK_S = 20
POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An instruction, by its name under `bench/instructions`, and the paths it asks for."""

    name: str
    paths: tuple[str, ...]

    @property
    def instruction(self) -> str:
        return (INSTRUCTIONS / f"{self.name}.md").read_text()

    @property
    def check(self) -> Path:
        """A program that exits 0 when the files in its folder work."""
        return INSTRUCTIONS / f"{self.name}_check.py"


TICKETS = (
    Ticket(name="slug", paths=("text/slug.py",)),
    Ticket(name="shapes", paths=("shapes/area.py", "shapes/volume.py")),
    Ticket(name="config", paths=("config/mailer.json",)),
    Ticket(name="toml", paths=("tool.toml",)),
    Ticket(name="backup", paths=("scripts/backup.sh",)),
    Ticket(name="guide", paths=("docs/guide.md",)),
    Ticket(name="stats", paths=("stats.py", "test_stats.py")),
    Ticket(name="greeter", paths=("greeter.py",)),
    Ticket(name="stack", paths=("src/stack.py",)),
    Ticket(name="inventory", paths=("inventory.json", "inventory.py")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a ticket; `wrong` holds files on disk that nobody asked for."""

    name: str
    status: str
    mode: str | None
    right_paths: bool
    wrong: tuple[str, ...]
    works: bool
    said: str
    seconds: float
    prompt_tokens: int
    completion_tokens: int


def run(service: Service, workspaces: Path, tickets: Sequence[Ticket] = TICKETS) -> list[Outcome]:
    """Posts each ticket in turn and looks at what is on disk when its task has ended."""
    return [_run(service, workspaces, ticket) for ticket in tickets]


def _run(service: Service, workspaces: Path, ticket: Ticket) -> Outcome:
    begun = time.monotonic()
    task = service.submit({"instruction": ticket.instruction})
    while task["status"] not in {"completed", "failed", "cancelled"}:
        time.sleep(POLL_S)
        task = service.task(task["id"])
    folder = workspaces / task["workspace"]
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    said = _check(ticket, folder) if set(ticket.paths) <= found else "not every file is there"
    return Outcome(
        name=ticket.name,
        status=task["status"],
        mode=task["execution_mode"],
        right_paths={file["path"] for file in task["files_created"]} == set(ticket.paths) <= found,
        wrong=tuple(sorted(found - set(ticket.paths))),
        works=not said,
        said=said,
        seconds=round(time.monotonic() - begun, 1),
        prompt_tokens=task["usage"]["prompt_tokens"],
        completion_tokens=task["usage"]["completion_tokens"],
    )


def _check(ticket: Ticket, folder: Path) -> str:
    """What the check says against the files, "" when they work."""
    command = [sys.executable, "-B", str(ticket.check)]
    paths = {**os.environ, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(
            command, cwd=folder, env=paths, capture_output=True, text=True, timeout=CHECK_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no end in {CHECK_S} s"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["exit code not 0"])[-1]


def report(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table("ticket", "status", "rung", "paths", "extra", "works", "s", "tokens in", "out", "said")
    for one in outcomes:
        paths, works = ("right" if one.right_paths else "WRONG"), ("yes" if one.works else "no")
        figures = (f"{one.seconds:.1f}", str(one.prompt_tokens), str(one.completion_tokens))
        table.add_row(one.name, one.status, one.mode, paths, " ".join(one.wrong), works, *figures, one.said)
    console.print(table)
    right = sum(one.right_paths and not one.wrong for one in outcomes)
    works = sum(one.works for one in outcomes)
    console.print(
        f"{right} of {len(outcomes)} with their files and none extra, {works} of {len(outcomes)} work"
    )


def main() -> int:
    """Runs the tickets on a service of their own; 0 when every one got its files and none extra."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = stack.enter_context(with_models(Settings()))
        url = stack.enter_context(serving(environment(settings, folder), folder / "serve.log"))
        outcomes = run(stack.enter_context(service_at(url, None)), folder / "workspace")
        figures = {"model": settings.coder_model, "tickets": [asdict(one) for one in outcomes]}
    report(Console(width=120), outcomes)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if all(one.right_paths and not one.wrong for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
