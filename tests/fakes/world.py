"""A small real world for the pipeline: stand-in model servers, a workspace on disk, a told story."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain import JsonObject, sha256
from app.llm.config import Clocks, LlmConfig
from app.llm.servers import ModelServers
from app.pipeline.completion import complete, settle
from app.pipeline.ladder import propose
from app.pipeline.ports import Failure, Job, Options, Ports, Proposal, RunChecks, RunRlm
from app.task import NewTask, Progress
from app.writer.apply import apply
from app.writer.disk import WorkspaceDisk
from app.writer.policy import Policy
from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Script
from tests.fakes.vllm import FakeVllm


@dataclass
class World:
    """What a run sees and what it leaves: `story` holds its events, `kept` its artifacts by name."""

    folder: Path
    policy: Policy
    servers: ModelServers
    pm: FakeOllama
    coder: FakeVllm
    options: Options
    run_checks: RunChecks | None = None
    run_rlm: RunRlm | None = None
    story: list[tuple[str, str, JsonObject]] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)

    async def propose(self, instruction: str, **posted: Any) -> Proposal | Failure:
        job = Job(task_id="task-1", attempt=1, new=NewTask(instruction=instruction, **posted))
        return await propose(
            job,
            Ports(
                ask=self.servers,
                report=self._report,
                keep=self._keep,
                disk=WorkspaceDisk(self.policy),
                options=self.options,
                run_checks=self.run_checks,
                run_rlm=self.run_rlm,
            ),
        )

    async def complete(self, instruction: str, **posted: Any) -> Progress:
        """Proposes, applies and settles; the task has to be complete."""
        proposal = await self.propose(instruction, **posted)
        assert isinstance(proposal, Proposal), proposal
        receipts = apply(
            proposal.changes,
            policy=self.policy,
            journal=self.folder / "journal",
            name="task-1",
            fence=lambda: None,
        )
        progress = settle(proposal.progress, receipts)
        assert complete(progress)
        return progress

    async def failure(self, instruction: str, **posted: Any) -> Failure:
        failure = await self.propose(instruction, **posted)
        assert isinstance(failure, Failure), failure
        return failure

    def file(self, path: str) -> str:
        return (self.folder / "workspace" / "t" / path).read_text()

    async def _report(self, key: str, event_type: str, data: JsonObject, progress: Progress) -> None:
        json.dumps(data)
        self.story.append((key, event_type, data))

    async def _keep(self, kind: str, name: str, media_type: str, data: bytes) -> str:
        self.kept[name] = data
        return sha256(data)[:8]


@asynccontextmanager
async def world(
    folder: Path, *, pm: Script = None, coder: Script = None, window: int = 32768, **options: Any
) -> AsyncIterator[World]:
    """A world under `folder`, its servers started and stopped with it."""
    policy = Policy(
        workspace=folder / "workspace", roots=(folder / "roots",), protected_globs=("**/.env",)
    ).within("t")
    (folder / "workspace").mkdir(parents=True, exist_ok=True)
    (folder / "roots").mkdir(exist_ok=True)
    async with FakeOllama(pm) as ollama, FakeVllm(coder, window=window) as vllm:
        servers = ModelServers(
            LlmConfig(
                ollama_urls=(ollama.url,),
                vllm_urls=(vllm.base,),
                coder_model="coder",
                clocks=Clocks(scale=0.05),
            )
        )
        try:
            yield World(folder, policy, servers, ollama, vllm, Options(**options))
        finally:
            await servers.aclose()


def plan(*targets: str, needs: dict[int, list[int]] | None = None, action: str = "create_file") -> str:
    """A valid plan with a step for each target."""
    steps = [
        {
            "step_number": n,
            "action": action,
            "target": target,
            "description": f"write {target}",
            "code_needed": True,
            "depends_on": (needs or {}).get(n, []),
        }
        for n, target in enumerate(targets, start=1)
    ]
    return json.dumps(
        {
            "title": "T",
            "summary": "S",
            "steps": steps,
            "files_to_create": list(targets),
            "files_to_modify": [],
        }
    )


def fenced(text: str, lang: str = "python") -> str:
    return f"```{lang}\n{text}```\n"
