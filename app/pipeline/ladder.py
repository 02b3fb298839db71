"""The ladder: verbatim → dual_model → rlm → single_pass, from an instruction to a proposal or a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.domain import Ledger, Rung, Verdict
from app.instruction.ledger import read
from app.llm.errors import LlmError
from app.pipeline.accept import remarks_on
from app.pipeline.completion import settle_failed
from app.pipeline.dual_model import dual_model
from app.pipeline.failure import RungFailed, most_telling, of_model
from app.pipeline.inline import lay_inline
from app.pipeline.ports import Failure, Job, Ports, Proposal
from app.pipeline.rlm_rung import rlm_rung
from app.pipeline.run import Run
from app.pipeline.single_pass import single_pass
from app.pipeline.task_checks import run_task_checks
from app.pipeline.tree import Tree
from app.task import ErrorCode, Fallback, Mode, Stage
from app.writer.errors import PathRefused, WriteFailed

_RUNGS: dict[Rung, Callable[[Run, Tree], Awaitable[None]]] = {
    Rung.DUAL_MODEL: dual_model,
    Rung.RLM: rlm_rung,
    Rung.SINGLE_PASS: single_pass,
}


async def propose(job: Job, ports: Ports) -> Proposal | Failure:
    """Reads the instruction and walks down until a rung makes all that it owes; writes nothing."""
    run = Run(job=job, ports=ports, ledger=await asyncio.to_thread(read, job.new.instruction))
    tree = Tree(ports.disk)
    try:
        await _start(run, tree)
        await _walk(run, tree)
        await run_task_checks(run, tree)
    except RungFailed as failed:
        return _failure(run, failed)
    except PathRefused as refused:
        return _failure(run, RungFailed(ErrorCode.PATH_REFUSED, refused.detail))
    except WriteFailed as unread:
        return _failure(run, RungFailed(ErrorCode.WRITE_FAILED, unread.detail))
    return _proposal(run, tree)


async def _start(run: Run, tree: Tree) -> None:
    """Fixes what is owed, refuses what could never be made right, and lays the inline bytes."""
    ledger = run.ledger
    await run.owe(ledger.deliverables)
    await run.enter(Stage.READING)
    if ledger.verdict is Verdict.NEEDS_REWRITE:
        run.refuse()
        raise RungFailed(ErrorCode.INSTRUCTION_NOT_EXECUTABLE, _problems(ledger), final=True)
    for deliverable in ledger.deliverables:
        refusal = (
            run.ports.disk.refusal(deliverable.path)
            if deliverable.path and deliverable.asks_for_a_file
            else None
        )
        if refusal:
            line = deliverable.source.start_line
            raise RungFailed(ErrorCode.PATH_REFUSED, f"line {line}: {refusal.message}", final=True)
    await lay_inline(ledger.deliverables, tree)
    for change in tree.changes:
        run.remark(change.deliverables, await remarks_on(change))


def _problems(ledger: Ledger) -> str:
    fatal = [p for p in ledger.problems if p.severity == "error"] or list(ledger.problems)
    return "; ".join(f"line {p.line}: {p.message}" if p.line else p.message for p in fatal)


async def _walk(run: Run, tree: Tree) -> None:
    """Tries the rungs in order; the first that makes everything ends the walk."""
    rungs = _rungs(run)
    failures: list[RungFailed] = []
    for place, rung in enumerate(rungs):
        await run.climb_down(rung)
        try:
            if rung is Rung.VERBATIM:
                await run.enter(Stage.CHECKING)
            else:
                await _RUNGS[rung](run, tree)
        except LlmError as error:
            failures.append(of_model(error))
        except RungFailed as failed:
            failures.append(failed)
        else:
            return
        if failures[-1].final:
            raise failures[-1]
        if place + 1 < len(rungs):
            to, last = rungs[place + 1], failures[-1]
            await run.fall_back(Fallback(source=rung, to=to, code=last.reason, detail=last.detail))
    raise most_telling(failures)


def _rungs(run: Run) -> tuple[Rung, ...]:
    """The rungs this task may use: bytes in the instruction are never retyped, whatever mode was asked."""
    mode, ledger = run.job.new.mode, run.ledger
    if ledger.verdict is Verdict.COMPLETE:
        return (Rung.VERBATIM,)
    if mode is Mode.VERBATIM:
        wanted = ", ".join(f"`{path}`" for path in ledger.open_paths) or "files it does not name"
        raise RungFailed(
            ErrorCode.INSTRUCTION_NOT_EXECUTABLE,
            f"mode verbatim, but the instruction leaves to a model: {wanted}",
            final=True,
        )
    if mode is not Mode.AUTO:
        return (Rung(mode.value),)
    rlm = (Rung.RLM,) if run.ports.run_rlm else ()
    return (Rung.DUAL_MODEL, *rlm, Rung.SINGLE_PASS)


def _proposal(run: Run, tree: Tree) -> Proposal:
    changes = tree.changes
    names = ", ".join(f"`{change.path}`" for change in changes)
    rung = run.progress.execution_mode
    return Proposal(
        changes=changes,
        progress=run.progress,
        summary=f"{len(changes)} file{'s' if len(changes) != 1 else ''} by {rung}: {names}",
        protected=tuple(change.path for change in changes if run.ports.disk.protected(change.path)),
    )


def _failure(run: Run, failed: RungFailed) -> Failure:
    error = failed.error
    progress = settle_failed(run.progress, error)
    return Failure(error=error, progress=progress, summary=f"Nothing was written: {failed.detail}")
