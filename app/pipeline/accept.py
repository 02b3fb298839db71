"""The gate between a model's file and the tree: nothing generated gets in without its checks."""

from __future__ import annotations

import asyncio

from app.domain import Content, FileChange, Finding
from app.pipeline.run import Run
from app.pipeline.tree import Tree
from app.writer.gate import inspect, refusals


async def findings_of(run: Run, tree: Tree, path: str, after: bytes) -> tuple[Finding, ...]:
    """Every check's answer about a generated file, against what is on disk.

    The checks of a large file take seconds: in a thread, nobody else waits for them.
    """
    change = FileChange(path=path, before=await tree.on_disk(path), after=after, content=Content.GENERATE)
    options, instruction = run.ports.options, run.job.new.instruction
    return await asyncio.to_thread(inspect, change, min_bytes=options.min_file_bytes, instruction=instruction)


async def remarks_on(change: FileChange) -> str | None:
    """What the checks say of bytes that the author wrote: told to a person, never a reason to refuse."""
    findings = await asyncio.to_thread(inspect, change, min_bytes=0)
    return "; ".join(finding.detail for finding in findings if finding.code and finding.detail) or None


async def accept(
    run: Run, tree: Tree, path: str, after: bytes, step_number: int | None = None
) -> tuple[Finding, ...]:
    """Lays a generated file into the tree unless a check refuses it; the findings either way."""
    findings = await findings_of(run, tree, path, after)
    if not refusals(findings):
        names = tuple(
            s.deliverable.id
            for s in run.progress.settlements
            if s.deliverable.open and s.deliverable.path == path
        )
        await tree.write(path, after, Content.GENERATE, names, step_number)
    return findings
