"""The last rung: one call for every file, and all replies had so far, through the tolerant parser."""

from __future__ import annotations

from app.coder.continuation import ask_whole
from app.coder.prompt import SYSTEM, single_pass_prompt
from app.llm.call import ModelCall, Role
from app.pipeline.harvest import harvest
from app.pipeline.inline import lay_waiting_edits
from app.pipeline.owed import missing_paths
from app.pipeline.run import HadReply, Run
from app.pipeline.shown import shown_file
from app.pipeline.tree import Tree
from app.task import Stage


async def single_pass(run: Run, tree: Tree) -> None:
    """Asks once for everything still missing. Raises `RungFailed` or `LlmError`."""
    await run.enter(Stage.CODING)
    paths = missing_paths(run, tree)
    files = [(path, await tree.read(path)) for path in paths]
    call = ModelCall(
        task_id=run.job.task_id,
        key="single.1",
        role=Role.CODER,
        system=SYSTEM,
        prompt=single_pass_prompt(
            run.job.new.instruction,
            [shown_file(path, data, run.job.new.instruction) for path, data in files if data is not None],
            paths,
        ),
        max_tokens=run.ports.options.max_output_tokens,
        deadline_s=run.ports.options.call_timeout_s,
    )
    earlier = tuple(run.code_replies)
    text, completion = await ask_whole(run.ask, call)
    await run.enter(Stage.CHECKING)
    await harvest(run, tree, (*earlier, HadReply(text, completion)))
    await lay_waiting_edits(run.ledger.deliverables, tree)
