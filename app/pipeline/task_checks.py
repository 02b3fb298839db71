"""The task's own checks: they run over the proposed files, and what fails goes back to the coder."""

from __future__ import annotations

from collections.abc import Sequence

from app.coder.coder import Assignment, draft
from app.coder.languages import language_of
from app.coder.prompt import Rejected, fence_for, shared_context
from app.domain import Action, CheckCommand, CommandResult, Content, FileChange, Finding, Step
from app.llm.errors import LlmError
from app.pipeline.accept import accept
from app.pipeline.failure import RungFailed
from app.pipeline.run import Run
from app.pipeline.shown import shown_file
from app.pipeline.tree import Tree
from app.sandbox.checks import from_ledger
from app.task import ErrorCode, Stage

_OUTPUT_SHOWN = 6_000
_OUTPUTS_SHOWN = 24_000


async def run_task_checks(run: Run, tree: Tree) -> None:
    """Runs the checks, repairs while turns are left; raises `RungFailed` (final) when they do not pass."""
    commands = run.job.new.checks + (from_ledger(run.ledger) if run.job.new.run_checks else ())
    if not commands:
        return
    await run.enter(Stage.CHECKING)
    for turn in range(run.ports.options.repair_turns + 1):
        results = await _results(run, tree, commands, turn)
        failing = [result for result in results if not result.ok]
        run.checked(tuple(_finding(result) for result in results))
        if not failing:
            return
        generated = [change for change in tree.changes if change.content is Content.GENERATE]
        if turn == run.ports.options.repair_turns or not generated:
            raise _failed(failing[0])
        try:
            for change in generated:
                await _repaired(run, tree, change, _told(change.path, failing), f"check-{turn + 1}")
        except LlmError as error:
            raise _failed(failing[0], f"; no repair: {error.detail}") from None


async def _results(
    run: Run, tree: Tree, commands: tuple[CheckCommand, ...], turn: int
) -> tuple[CommandResult, ...]:
    if run.ports.run_checks is None:
        raise RungFailed(
            ErrorCode.CHECK_FAILED,
            "the task carries checks, but this service has no sandbox to run them in; install bubblewrap",
            final=True,
        )
    results = await run.ports.run_checks(commands, tree.changes, f"check-{turn + 1}")
    for result in results:
        name = f"{turn + 1}-{result.name}.txt"
        await run.ports.keep("check_output", name, "text/plain; charset=utf-8", result.output.encode())
    return results


async def _repaired(run: Run, tree: Tree, change: FileChange, finding: str, key: str) -> None:
    """Asks for one file again with the failing output; a draft that is none leaves the file as it was."""
    options = run.ports.options
    others = [c for c in tree.changes if c.path != change.path and c.after is not None]
    assignment = Assignment(
        task_id=run.job.task_id,
        key=f"{key}.{change.path}",
        step=_step_of(change),
        shared=shared_context(run.job.new.instruction, (), [c.path for c in tree.changes]),
        written=tuple(shown_file(c.path, c.after or b"", run.job.new.instruction) for c in others),
        form=options.reply_form,
        max_tokens=options.max_output_tokens,
        deadline_s=options.call_timeout_s,
    )
    text = (change.after or b"").decode(errors="replace")
    fence = fence_for(text)
    reply = f"{fence}{language_of(change.path) or ''}\n{text}{fence}"
    drafted = await draft(run.ask, assignment, [Rejected(reply=reply, finding=finding)])
    if drafted.data is not None:
        await accept(run, tree, change.path, drafted.data, change.step_number)


def _step_of(change: FileChange) -> Step:
    action = Action.CREATE_FILE if change.before is None else Action.EDIT_FILE
    return Step(step_number=change.step_number or 1, action=action, target=change.path, description="")


def _told(path: str, failing: Sequence[CommandResult]) -> str:
    each = min(_OUTPUT_SHOWN, _OUTPUTS_SHOWN // len(failing))
    outputs = "\n".join(f"the check `{r.name}` failed ({r.detail}):\n{r.output[-each:]}" for r in failing)
    return f"{outputs}\nIf `{path}` is right as it is, reply with it unchanged."


def _finding(result: CommandResult) -> Finding:
    code = None if result.ok else "check_failed"
    return Finding(name=f"check:{result.name}", ok=result.ok, code=code, detail=result.detail)


def _failed(result: CommandResult, unrepaired: str = "") -> RungFailed:
    tail = result.output.strip()[-500:]
    detail = f"the check `{result.name}` failed ({result.detail}{unrepaired}): {tail}"
    return RungFailed(ErrorCode.CHECK_FAILED, detail, final=True)
