"""The RLM rung: a recursive model in its cage answers, and its answer goes the way of every reply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.coder.prompt import with_files
from app.llm.call import Completion
from app.pipeline.failure import RungFailed
from app.pipeline.harvest import harvest
from app.pipeline.inline import lay_waiting_edits
from app.pipeline.owed import missing_paths
from app.pipeline.run import HadReply, Run
from app.pipeline.shown import shown_whole
from app.pipeline.tree import Tree
from app.rlm.runner import RlmFailed, RlmUnavailable
from app.task import ErrorCode, Stage


async def rlm_rung(run: Run, tree: Tree) -> None:
    """Lets the RLM write everything still missing. Raises `RungFailed`."""
    await run.enter(Stage.CODING)
    if run.ports.run_rlm is None:
        raise RungFailed(
            ErrorCode.NO_FILES_PRODUCED, "the RLM rung is switched off", reason="rlm_unavailable"
        )
    paths = missing_paths(run, tree)
    files = [shown_whole(path, data) for path in paths if (data := await tree.read(path)) is not None]
    calls: list[Completion] = []

    def counted(completion: Completion) -> None:
        run.count(completion)
        calls.append(completion)

    try:
        context = with_files(run.job.new.instruction, files)
        text = await run.ports.run_rlm(context, paths, "rlm", counted)
    except (RlmUnavailable, RlmFailed) as failed:
        raise RungFailed(ErrorCode.NO_FILES_PRODUCED, failed.detail, reason=failed.code) from None
    await run.enter(Stage.CHECKING)
    await harvest(run, tree, (HadReply(text, _together(calls)),))
    await lay_waiting_edits(run.ledger.deliverables, tree)


def _together(calls: Sequence[Completion]) -> Completion | None:
    """The answer as one completion with the figures of all its calls: it is whole even where one was cut."""
    if not calls:
        return None
    return replace(
        calls[-1],
        finish="stop",
        prompt_tokens=_sum(call.prompt_tokens for call in calls),
        completion_tokens=_sum(call.completion_tokens for call in calls),
        cached_tokens=_sum(call.cached_tokens for call in calls),
        duration_ms=sum(call.duration_ms for call in calls),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
