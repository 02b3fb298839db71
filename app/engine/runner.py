"""One run of a task: claim it, propose, write, conclude; each part may be done again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain import FileChange, JsonObject, Receipt
from app.engine import verdict
from app.engine.blame import Blame, Suspects
from app.engine.checkpoint import Checkpoint
from app.engine.config import EngineConfig
from app.engine.ids import World
from app.engine.parts import Parts
from app.engine.patience import patiently
from app.engine.queue import Queue, apply_name
from app.engine.record import Record
from app.engine.watch import Stop, Watch
from app.llm.call import Ask
from app.pipeline.ports import Failure, Job, Ports, Proposal
from app.store import runs, tasks
from app.store.proposals import KeptProposal
from app.store.runs import Claim, Outcome, Superseded
from app.store.session import Database
from app.task import Approval, Progress, Stage, TaskError
from app.trigger import point
from app.writer.errors import Conflict, WriterError

log = structlog.get_logger(__name__)

READY = "ready"
WAITING = "waiting"
ENDED = "ended"


class _Defect(Exception):
    """The writer raised what it does not raise on purpose; it has put the old files back."""


class _Stopped(Exception):
    def __init__(self, why: Stop) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class _Told:
    """The last progress that the pipeline told, in this run or one before."""

    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs tasks in this process.

    `alive` tells whether this process's lease still holds, `hands` are the threads that touch the disk.
    """

    database: Database
    queue: Queue
    watch: Watch
    parts: Parts
    ask: Ask
    config: EngineConfig
    world: World
    alive: Callable[[], bool]
    hands: Executor
    suspects: Suspects = field(default_factory=Suspects)

    async def claim(self, task_id: str, launch: int) -> Claim | None:
        """The right to run the task, or None where there is nothing for this launch to do."""
        self.suspects.enter(task_id)
        now = await patiently(lambda: self.database.read(lambda c: tasks.standing(c, task_id)))
        await self.suspects.turn(task_id, died=now.crashes if now else 0)
        token = self.world.new_id()
        claimed = await patiently(
            lambda: self.database.write(
                lambda connection: runs.claim(
                    connection,
                    task_id,
                    launch=launch,
                    token=token,
                    crash_limit=self.config.crash_limit,
                    to_blame=self.suspects.to_blame(task_id),
                    settle=self.parts.settle_failed,
                    at=self.world.now(),
                )
            )
        )
        point("run.claimed")
        self.watch.changed(task_id)
        return claimed

    async def propose(self, claim: Claim, stop: asyncio.Future[Stop]) -> str:
        """Brings the task to a stored proposal (`READY`, or `WAITING` for a person) or to its end (`ENDED`).

        A run that has to stop before says so by the `Stop`'s name.
        """
        record = self._record(claim)
        try:
            return await self._propose(claim, record, stop)
        except Superseded:
            return Stop.SUPERSEDED
        except _Stopped as stopped:
            return await self._stopped(record, stopped.why)

    async def apply(self, claim: Claim) -> str:
        """Writes the proposal and concludes the task: `ENDED`, or that the run was superseded."""
        record = self._record(claim)
        try:
            await self._apply(claim, record)
        except Superseded:
            return Stop.SUPERSEDED
        return ENDED

    def _record(self, claim: Claim) -> Record:
        return Record(database=self.database, claim=claim, world=self.world, changed=self.watch.changed)

    async def _propose(self, claim: Claim, record: Record, stop: asyncio.Future[Stop]) -> str:
        found = await record.proposal()
        if found is None:
            result = await self._walk(claim, record, stop)
            if isinstance(result, Failure):
                await record.conclude(verdict.failed(result.error, result.progress, result.summary))
                return ENDED
            found = (await record.propose(result, self.parts.diff(result.changes)), False)
        proposal, approved = found
        if _asks_a_person(claim, proposal) and not approved:
            await record.park(proposal)
            return WAITING
        return READY

    async def _walk(self, claim: Claim, record: Record, stop: asyncio.Future[Stop]) -> Proposal | Failure:
        """The pipeline's result; running out of time or a defect is a Failure too.

        Raises `_Stopped`, `Superseded`, and SQLAlchemyError where the database is broken rather than away.
        """
        job = Job(task_id=claim.task_id, attempt=claim.attempt, new=claim.new)
        told = _Told(await record.progress())
        walk = asyncio.ensure_future(self.parts.propose(job, self._ports(claim, job, record, told)))
        try:
            either: set[asyncio.Future[Any]] = {walk, stop}
            await asyncio.wait(either, timeout=self._time_left(claim), return_when=asyncio.FIRST_COMPLETED)
            if walk.done():
                return walk.result()
        except (Superseded, SQLAlchemyError):
            raise
        except Exception as error:
            log.exception("a run failed by a defect", task_id=claim.task_id)
            return self._failure(told.progress, verdict.defect(error))
        finally:
            await _cancelled(walk)
        if stop.done():
            raise _Stopped(stop.result())
        return self._failure(told.progress, verdict.too_late(self._deadline_s(claim)))

    def _failure(self, progress: Progress, error: TaskError) -> Failure:
        settled = self.parts.settle_failed(progress, error)
        return Failure(error=error, progress=settled, summary=f"Nothing was written: {error.detail}")

    def _ports(self, claim: Claim, job: Job, record: Record, told: _Told) -> Ports:
        parts, blame = self.parts, Blame(claim.died, claim.to_blame)

        async def report(key: str, event_type: str, data: JsonObject, progress: Progress) -> None:
            to_blame = self.suspects.to_blame(claim.task_id)
            if await record.report(key, event_type, data, progress, to_blame=to_blame):
                told.progress = progress
                blame.died, blame.to_blame = 0, to_blame
                self.suspects.went_on(claim.task_id)

        ask = Checkpoint(
            database=self.database,
            claim=claim,
            ask=self.ask,
            world=self.world,
            changed=self.watch.changed,
            blame=blame,
            suspects=self.suspects,
        )
        return Ports(
            ask=ask,
            report=report,
            keep=record.keep,
            disk=parts.writer.disk(claim.workspace),
            options=self.config.options,
            run_checks=None if parts.checks_for is None else parts.checks_for(claim.workspace),
            run_rlm=None if parts.rlm_for is None else parts.rlm_for(job, ask),
        )

    async def _apply(self, claim: Claim, record: Record) -> None:
        found = await record.proposal()
        if found is None:
            raise Superseded(claim.task_id)
        proposal, changes = found[0], await record.changes()
        progress = replace(proposal.progress, stage=Stage.WRITING)
        await record.begin_writing(progress)
        try:
            receipts = await self._write(claim, record, changes)
        except WriterError as error:
            written = error.written if isinstance(error, Conflict) else ()
            outcome = self._refused(verdict.refused(error), progress, written, changes)
            await record.conclude(outcome, applied=bool(written))
            return
        except _Defect as defect:
            await record.conclude(self._refused(verdict.defect(defect.__cause__), progress, (), changes))
            return
        point("apply.written")
        settled = self.parts.settle(progress, receipts)
        files = verdict.file_records(receipts, changes)
        complete = self.parts.complete(settled)
        outcome = verdict.concluded(settled, proposal.summary, files, complete=complete)
        await record.conclude(outcome, applied=True)

    def _refused(
        self,
        error: TaskError,
        progress: Progress,
        written: tuple[Receipt, ...],
        changes: Sequence[FileChange],
    ) -> Outcome:
        """How a run ends that the writer refused; `written` is what an earlier run of it left on disk."""
        if written:
            settled = self.parts.settle(progress, written)
            files = verdict.file_records(written, changes)
            return verdict.failed(error, settled, f"Written, but not as it was: {error.detail}", files)
        settled = self.parts.settle_failed(progress, error)
        return verdict.failed(error, settled, f"Nothing was written: {error.detail}")

    async def _write(
        self, claim: Claim, record: Record, changes: Sequence[FileChange]
    ) -> tuple[Receipt, ...]:
        def fence() -> None:
            point("apply.fence")
            if not (self.alive() and record.holds()):
                raise Superseded(claim.task_id)

        def write() -> tuple[Receipt, ...]:
            name = apply_name(claim.task_id, claim.attempt)
            try:
                return self.parts.writer.apply(changes, workspace=claim.workspace, name=name, fence=fence)
            except (WriterError, Superseded, SQLAlchemyError):
                raise
            except Exception as error:
                log.exception("a write failed by a defect", task_id=claim.task_id)
                raise _Defect from error

        return await asyncio.get_running_loop().run_in_executor(self.hands, write)

    async def _stopped(self, record: Record, why: Stop) -> str:
        if why is Stop.HAND_BACK:
            try:
                await record.store(
                    lambda connection: self.queue.hand_back(connection, record.claim), "run.handed_back"
                )
            except Superseded:
                return Stop.SUPERSEDED
        return why

    def _deadline_s(self, claim: Claim) -> float:
        return min(claim.new.deadline_s or self.config.task_timeout_s, self.config.task_timeout_s)

    def _time_left(self, claim: Claim) -> float:
        end = claim.started_at + timedelta(seconds=self._deadline_s(claim))
        return max(0.0, (end - self.world.now()).total_seconds())


def _asks_a_person(claim: Claim, proposal: KeptProposal) -> bool:
    return bool(proposal.protected) or claim.new.approval is Approval.REQUIRED


async def _cancelled(walk: asyncio.Future[Proposal | Failure]) -> None:
    """Ends the walk and whatever it waits for, a model call's connection included."""
    if not walk.done():
        walk.cancel()
        with contextlib.suppress(asyncio.CancelledError, Superseded, SQLAlchemyError):
            await walk
