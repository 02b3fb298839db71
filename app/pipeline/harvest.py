"""The harvest of a reply that may hold many files: every one that is owed and passes the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.coder.coder import chosen_file, in_the_style_of
from app.coder.edits import EditProblem, apply_to_bytes
from app.coder.reply import Reply, parse
from app.domain import Action, Kind
from app.pipeline.accept import accept
from app.pipeline.failure import RungFailed, of_findings
from app.pipeline.owed import missing_paths, owe_paths
from app.pipeline.run import HadReply, Run
from app.pipeline.tree import Tree
from app.task import ErrorCode
from app.writer.gate import refusals


async def harvest(run: Run, tree: Tree, replies: Sequence[HadReply]) -> None:
    """Lays what is missing from the replies into the tree, the latest reply first. Raises `RungFailed`.

    Where the task owes no named file yet, the files that the last reply names are what it owes.
    """
    parsed = [(parse(had.text, paths=missing_paths(run, tree)), had.whole) for had in reversed(replies)]
    if not any(s.deliverable.asks_for_a_file for s in run.progress.settlements) and parsed:
        await _owe_named(run, parsed[0][0])
    refused: list[RungFailed] = []
    for reply, whole in parsed:
        missing = missing_paths(run, tree)
        for path in missing:
            data = await _found(reply, path, tree, alone=len(missing) == 1, whole=whole)
            if isinstance(data, RungFailed):
                refused.append(data)
            elif data is not None:
                findings = await accept(run, tree, path, data)
                if against := refusals(findings):
                    refused.append(of_findings(path, against))
                else:
                    there = await tree.on_disk(path) is not None
                    run.rescued(path, Action.EDIT_FILE if there else Action.CREATE_FILE, findings)
    missing = missing_paths(run, tree)
    if missing or not tree.changes:
        named = ", ".join(f"`{path}`" for path in missing) or "any file"
        raise refused[0] if refused else RungFailed(ErrorCode.NO_FILES_PRODUCED, f"no reply holds {named}")


async def _owe_named(run: Run, reply: Reply) -> None:
    """Only paths that may be written; a hostile name in a reply is not owed to anybody."""
    named = dict.fromkeys(file.path for file in reply.files if file.path)
    allowed = [path for path in named if run.ports.disk.refusal(path) is None]
    await owe_paths(run, [(path, Kind.CREATE, "") for path in allowed])


async def _found(
    reply: Reply, path: str, tree: Tree, *, alone: bool, whole: bool
) -> bytes | RungFailed | None:
    """The bytes a reply gives a path: by edits of what is there, or by a complete block."""
    before = await tree.read(path)
    edits = [edit for edit in reply.edits if edit.path == path]
    if edits and before is not None:
        outcome = await asyncio.to_thread(apply_to_bytes, before, edits)
        if isinstance(outcome, EditProblem):
            return RungFailed(ErrorCode.EDIT_NOT_APPLIED, f"`{path}`: {outcome.message}")
        return outcome.data
    file = chosen_file(reply, path, named_only=not alone)
    if file is None or not (file.complete or whole):
        return None
    return in_the_style_of(before, file.content)
