"""What one run stores: each call is one transaction that a superseded run cannot make."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.domain import Disposition, FileChange, JsonObject
from app.engine.ids import World
from app.engine.patience import patiently
from app.pipeline.ports import Proposal
from app.store import artifacts, proposals, runs, tasks
from app.store.artifacts import NewArtifact
from app.store.proposals import KeptChange, KeptProposal
from app.store.runs import Claim, Outcome
from app.store.session import Database
from app.task import Progress
from app.trigger import point

Diff = Callable[[Sequence[FileChange]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The run's own record; every method may raise `Superseded`."""

    database: Database
    claim: Claim
    world: World
    changed: Callable[[str], None]

    async def report(
        self, key: str, event_type: str, data: JsonObject, progress: Progress, *, to_blame: bool
    ) -> bool:
        """The `Report` port; `to_blame`: a death now would be this run's doing. False for old news."""
        new: list[bool] = []

        def work(connection: Connection) -> None:
            told = runs.report(
                connection,
                self.claim,
                key=key,
                event_type=event_type,
                data=data,
                progress=progress,
                to_blame=to_blame,
                at=self.world.now(),
            )
            new.append(told)

        await self.store(work, "report.stored")
        return new[-1]

    async def keep(self, kind: str, name: str, media_type: str, data: bytes) -> str:
        """The `Keep` port."""
        new = NewArtifact(id=self.world.new_id(), kind=kind, name=name, media_type=media_type, data=data)
        kept: list[str] = []

        def work(connection: Connection) -> None:
            runs.hold(connection, self.claim)
            kept.append(artifacts.keep(connection, self.claim.task_id, self.claim.attempt, new))

        await self.store(work, "artifact.stored")
        return kept[-1]

    async def proposal(self) -> tuple[KeptProposal, bool] | None:
        """The attempt's stored proposal and whether a person approved it."""
        claim = self.claim
        return await patiently(
            lambda: self.database.read(lambda c: proposals.find(c, claim.task_id, claim.attempt))
        )

    async def progress(self) -> Progress:
        """What the runs before this one told of the attempt."""
        return await patiently(lambda: self.database.read(lambda c: tasks.progress_of(c, self.claim.task_id)))

    async def changes(self) -> tuple[FileChange, ...]:
        claim = self.claim
        return await patiently(
            lambda: self.database.read(lambda c: proposals.change_set(c, claim.task_id, claim.attempt))
        )

    async def propose(self, proposal: Proposal, diff: str) -> KeptProposal:
        """Stores the proposal with every byte before and after."""
        claim = self.claim
        kept = KeptProposal(
            progress=proposal.progress, summary=proposal.summary, protected=proposal.protected
        )
        sides = tuple(self._sides(change) for change in proposal.changes)
        as_text = self._artifact("diff", "changes.diff", diff.encode(), "text/x-diff; charset=utf-8")

        def work(connection: Connection) -> None:
            runs.hold(connection, claim)
            if proposals.find(connection, claim.task_id, claim.attempt) is None:
                proposals.store(
                    connection, claim.task_id, claim.attempt, proposal=kept, kept=sides, diff=as_text
                )

        point("proposal.before_store")
        await self.store(work, "proposal.stored")
        return kept

    async def park(self, proposal: KeptProposal) -> None:
        """Leaves the task to a person."""
        waiting = tuple(
            replace(s, disposition=Disposition.AWAITING_APPROVAL) if s.deliverable.asks_for_a_file else s
            for s in proposal.progress.settlements
        )
        progress = replace(proposal.progress, stage=None, settlements=waiting)
        data = {"protected": list(proposal.protected), "summary": proposal.summary}
        await self.store(
            lambda c: runs.park(c, self.claim, progress=progress, data=data, at=self.world.now()),
            "run.parked",
        )

    async def begin_writing(self, progress: Progress) -> None:
        """Enters the last stage, which nobody can cancel."""
        at = self.world.now()
        await self.store(lambda c: runs.begin_writing(c, self.claim, progress=progress, at=at), "apply.begun")

    async def conclude(self, outcome: Outcome, *, applied: bool = False) -> None:
        """Writes the attempt's end, once; with `applied` its change set is on disk."""

        def work(connection: Connection) -> None:
            runs.conclude(connection, self.claim, outcome, self.world.now())
            if applied:
                proposals.mark_applied(connection, self.claim.task_id, self.claim.attempt)

        point("conclude.before_store")
        await self.store(work, "conclude.stored")

    def holds(self) -> bool:
        """Whether the run may still write; asks the database on the calling thread."""
        return self.database.read_now(lambda connection: runs.holds(connection, self.claim))

    async def store(self, work: Callable[[Connection], object], then: str) -> None:
        """Runs `work` until it is committed, names the point `then`, and wakes who waits for the task."""
        await patiently(lambda: self.database.write(work))
        point(then)
        self.changed(self.claim.task_id)

    def _sides(self, change: FileChange) -> KeptChange:
        before, after = change.before, change.after
        return KeptChange(
            change=change,
            before=None if before is None else self._artifact("before", change.path, before),
            after=None if after is None else self._artifact("file", change.path, after),
        )

    def _artifact(self, kind: str, name: str, data: bytes, media_type: str | None = None) -> NewArtifact:
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return NewArtifact(id=self.world.new_id(), kind=kind, name=name, media_type=guessed, data=data)
