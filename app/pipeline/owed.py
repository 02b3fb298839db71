"""What is still owed while a task runs, and what a plan or a reply adds where no file was named."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import Action, Content, Deliverable, Kind, Plan, Span
from app.pipeline.run import Run
from app.pipeline.tree import Tree


def owed_paths(run: Run) -> tuple[str, ...]:
    """All paths of the task, whoever supplies their bytes, each once, in order."""
    return tuple(dict.fromkeys(s.deliverable.path for s in run.progress.settlements if s.deliverable.path))


def missing_paths(run: Run, tree: Tree) -> tuple[str, ...]:
    """Owed paths that a model still has to supply, each once, in order."""
    there = {change.path for change in tree.changes if change.content is Content.GENERATE}
    owed = [s.deliverable.path for s in run.progress.settlements if s.deliverable.open]
    return tuple(dict.fromkeys(path for path in owed if path and path not in there))


async def owe_paths(run: Run, named: Sequence[tuple[str, Kind, str]]) -> None:
    """Adds files that a model named to what the task owes: path, kind, description."""
    known = {s.deliverable.path for s in run.progress.settlements}
    lines = max(1, len(run.job.new.instruction.splitlines()))
    deliverables = [s.deliverable for s in run.progress.settlements]
    for path, kind, description in named:
        if path not in known:
            deliverables.append(
                Deliverable(
                    id=f"d{len(deliverables) + 1}",
                    kind=kind,
                    path=path,
                    content=Content.GENERATE,
                    source=Span(1, lines),
                    description=description,
                )
            )
    await run.owe(tuple(deliverables))


async def owe_plan(run: Run, plan: Plan) -> None:
    """Adds the files of a plan to what the task owes."""
    kinds = {Action.CREATE_FILE: Kind.CREATE, Action.EDIT_FILE: Kind.EDIT}
    await owe_paths(
        run,
        [(s.target, kinds[s.action], s.description) for s in plan.steps if s.action in kinds],
    )
