"""The harvest of a reply that may hold many files: every one that is owed and passes the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from app.coder.contents import Contents, NotMade, chosen_file, contents, edit_trouble
from app.coder.prompt import may_hold_fences
from app.coder.reply import Reply, ReplyFile, parse
from app.domain import Action, Kind
from app.pipeline.accept import accept
from app.pipeline.failure import RungFailed, of_findings
from app.pipeline.owed import missing_paths, owe_paths, owed_paths
from app.pipeline.records import asked_again
from app.pipeline.run import HadReply, Run
from app.pipeline.tree import Tree
from app.task import ErrorCode
from app.writer.gate import refusals


async def harvest(run: Run, tree: Tree, replies: Sequence[HadReply]) -> None:
    """Lays what is missing from the replies into the tree, the latest reply first. Raises `RungFailed`.

    A step's reply counts for the other files that it names: its own step has judged it for its own. Where the
    task owes no named file yet, the files that the last reply names are what it owes.
    """
    read = [(had, parse(had.text, paths=owed_paths(run))) for had in reversed(replies)]
    if not any(s.deliverable.asks_for_a_file for s in run.progress.settlements) and read:
        await _owe_named(run, *read[0])
    failures: list[RungFailed] = []
    for had, reply in read:
        missing = [path for path in missing_paths(run, tree) if path != had.target]
        for path in missing:
            try:
                given = await _found(had, reply, path, await tree.read(path), alone=len(missing) == 1)
                if given is not None:
                    await _lay(run, tree, path, given, had)
            except RungFailed as failed:
                failures.append(failed)
    lacking = missing_paths(run, tree)
    if lacking or not tree.changes:
        named = ", ".join(f"`{path}`" for path in lacking) or "any file"
        raise failures[0] if failures else RungFailed(ErrorCode.NO_FILES_PRODUCED, f"no reply holds {named}")


async def _owe_named(run: Run, had: HadReply, reply: Reply) -> None:
    """Only paths that may be written; a hostile name in a reply is not owed to anybody.

    Raises `RungFailed` for a reply that may have named more than can be read of it.
    """
    if not had.whole:
        raise RungFailed(ErrorCode.OUTPUT_TRUNCATED, "the reply was cut before it had named every file")
    if trouble := edit_trouble(reply):
        raise RungFailed(ErrorCode.EDIT_NOT_APPLIED, trouble)
    named = {file.path: Kind.CREATE for file in reply.files if file.path}
    named |= {edit.path: Kind.EDIT for edit in reply.edits if edit.path}
    allowed = [(path, kind, "") for path, kind in named.items() if run.ports.disk.refusal(path) is None]
    await owe_paths(run, allowed)


async def _lay(run: Run, tree: Tree, path: str, given: Contents, had: HadReply) -> None:
    there = await tree.on_disk(path) is not None
    owing = run.owing(path, Action.EDIT_FILE if there else Action.CREATE_FILE)
    findings = await accept(run, tree, path, given.data, owing[-1].step_number)
    if against := refusals(findings):
        raise of_findings(path, against)
    by = f"written by {run.progress.execution_mode}"
    for record in owing:
        written = asked_again(record, had.completion, given.matched_by)
        await run.stepped(replace(written, status="completed", checks=findings, detail=by), rescued=True)


async def _found(
    had: HadReply, reply: Reply, path: str, before: bytes | None, *, alone: bool
) -> Contents | None:
    """What a reply gives a path: by edits of what is there, or by a complete block.

    What names no file is meant for the path only where all files were asked for and it `alone` is missing.
    """
    unnamed_too = alone and had.target is None
    edits = [edit for edit in reply.edits if edit.path == path or (unnamed_too and not edit.path)]
    file = chosen_file(reply, path, named_only=not unnamed_too)
    if had.target is not None and file is None and not edits:
        return None
    if not had.whole and (edits or file is None or not _ended(file, reply, path)):
        raise RungFailed(ErrorCode.OUTPUT_TRUNCATED, f"`{path}`: the reply was cut before the file's end")
    given = await asyncio.to_thread(contents, reply, path, before, named_only=not unnamed_too)
    if isinstance(given, NotMade):
        raise RungFailed(ErrorCode.EDIT_NOT_APPLIED, f"`{path}`: {given.detail}")
    return given


def _ended(file: ReplyFile, reply: Reply, path: str) -> bool:
    """True where the cut of a reply surely fell behind the file.

    A block without a name may be an example of the file, and what ends prose may be a fence within it.
    """
    if may_hold_fences(path):
        return False
    if file.path is not None:
        return file.complete
    return not reply.edits and edit_trouble(reply) is None and all(each.complete for each in reply.files)
