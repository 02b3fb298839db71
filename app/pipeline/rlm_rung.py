"""The RLM rung: a recursive model in its cage answers, and its answer goes the way of every reply."""

from __future__ import annotations

from app.coder.prompt import with_files
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
    try:
        context = with_files(run.job.new.instruction, files)
        text = await run.ports.run_rlm(context, paths, "rlm", run.count)
    except (RlmUnavailable, RlmFailed) as failed:
        raise RungFailed(ErrorCode.NO_FILES_PRODUCED, failed.detail, reason=failed.code) from None
    await run.enter(Stage.CHECKING)
    await harvest(run, tree, (HadReply(text),))
    await lay_waiting_edits(run.ledger.deliverables, tree)
