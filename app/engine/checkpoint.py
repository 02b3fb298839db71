"""Model calls that are made once: each outcome is stored before it is used, a stored one given again.

A call that failed for good is an outcome too: a run that goes on after a crash must walk the way the one
before it walked, or it would ask other questions than those whose replies are stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from app.domain import sha256
from app.engine import failures
from app.engine.blame import Blame, Suspects
from app.engine.ids import World
from app.engine.patience import patiently
from app.llm.call import Ask, Completion, ModelCall
from app.llm.errors import LlmError
from app.store import events, replies, runs
from app.store.artifacts import NewArtifact
from app.store.codec import dump, load
from app.store.replies import Asked
from app.store.runs import Claim
from app.store.session import Database
from app.trigger import point


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """An `Ask` for one run. Raises what `ask` raises, and `Superseded` where the run has lost its task."""

    database: Database
    claim: Claim
    ask: Ask
    world: World
    changed: Callable[[str], None]
    blame: Blame
    suspects: Suspects

    async def __call__(self, call: ModelCall) -> Completion:
        asked = Asked(
            task_id=self.claim.task_id,
            attempt=self.claim.attempt,
            key=call.key,
            request_sha256=request_hash(call),
        )
        stored = await patiently(lambda: self.database.read(lambda connection: recall(connection, asked)))
        if stored is not None:
            return outcome_of(stored)
        point("model.before_call")
        await self._say_who_is_to_blame()
        try:
            completion = clean(await self.ask(self._addressed(call)))
        except LlmError as error:
            failed = error
            kept = await self._kept(lambda connection: self._store_failure(connection, asked, failed))
        else:
            point("model.after_call")
            kept = await self._kept(lambda connection: self._store(connection, asked, completion))
        return outcome_of(kept)

    async def _kept(self, store: Callable[[Connection], str]) -> str:
        kept = await patiently(lambda: self.database.write(store))
        point("model.stored")
        self.blame.died = 0
        self.suspects.went_on(self.claim.task_id)
        self.changed(self.claim.task_id)
        return kept

    async def _say_who_is_to_blame(self) -> None:
        """A call takes most of a run's time: what its death counts is to be right meanwhile."""
        to_blame = self.suspects.to_blame(self.claim.task_id)
        if to_blame == self.blame.to_blame:
            return
        died = self.blame.died
        await patiently(
            lambda: self.database.write(
                lambda connection: runs.blame(connection, self.claim, died=died, to_blame=to_blame)
            )
        )
        self.blame.to_blame = to_blame
        point("run.blamed")

    def _addressed(self, call: ModelCall) -> ModelCall:
        """Model servers and the queues before them take the smaller number first, callers the greater."""
        return replace(call, task_id=self.claim.task_id, priority=-self.claim.new.priority)

    def _store(self, connection: Connection, asked: Asked, completion: Completion) -> str:
        runs.hold(connection, self.claim)
        reply = NewArtifact(
            id=self.world.new_id(),
            kind="model_reply",
            name=asked.key,
            media_type="text/plain; charset=utf-8",
            data=completion.text.encode(),
        )
        kept = replies.store(connection, asked, dump(Completion, completion), reply)
        self._progressed(connection)
        events.append(
            connection,
            asked.task_id,
            attempt=asked.attempt,
            key=f"model:{asked.key}:{asked.request_sha256[:16]}",
            event_type="model.called",
            at=self.world.now(),
            data=_told(asked.key, load(Completion, kept)),
        )
        return kept

    def _progressed(self, connection: Connection) -> None:
        self.blame.to_blame = self.suspects.to_blame(self.claim.task_id)
        runs.progressed(connection, self.claim, to_blame=self.blame.to_blame)

    def _store_failure(self, connection: Connection, asked: Asked, error: LlmError) -> str:
        runs.hold(connection, self.claim)
        kept = replies.store(connection, asked, failures.dump(error))
        self._progressed(connection)
        return kept


def outcome_of(stored: str) -> Completion:
    """The stored reply. Raises the stored `LlmError`."""
    error = failures.load(stored)
    if error is not None:
        raise error
    return load(Completion, stored)


def recall(connection: Connection, asked: Asked) -> str | None:
    """This attempt's outcome, or a good reply that an earlier attempt had to the very same question.

    Good are the replies that made the plan and those of steps that were finished then: a retry pays only
    for what is open, and does not get the answer again that failed it.
    """
    own = replies.find(connection, asked)
    if own is not None or asked.attempt == 1:
        return own
    for attempt in range(asked.attempt - 1, 0, -1):
        earlier = replies.find(connection, replace(asked, attempt=attempt))
        if earlier is not None and failures.load(earlier) is None and _was_good(connection, asked, attempt):
            return earlier
    return None


def _was_good(connection: Connection, asked: Asked, attempt: int) -> bool:
    name = asked.key.split(".")[0]
    if name.startswith("plan"):
        return bool(events.data_of(connection, asked.task_id, attempt, "plan.made"))
    steps = events.data_of(connection, asked.task_id, attempt, "step.finished")
    ends = [step["status"] for step in steps if name == f"step-{step['step_number']}"]
    return ends[:1] == ["completed"]  # what ends after a failure was made of another reply


def request_hash(call: ModelCall) -> str:
    """Names what is asked: everything that shapes the answer, and nothing about who waits for it how long."""
    asked = asdict(replace(call, task_id="", priority=0, deadline_s=0.0, started=None))
    return sha256(json.dumps(asked, sort_keys=True, default=str))


def clean(completion: Completion) -> Completion:
    """The completion with text that can be stored: a lone surrogate is no character."""
    return replace(
        completion,
        text=completion.text.encode("utf-8", "replace").decode(),
        thinking=completion.thinking.encode("utf-8", "replace").decode(),
    )


def _told(key: str, completion: Completion) -> dict[str, object]:
    return {
        "key": key,
        "model": completion.model,
        "backend": completion.backend,
        "server": completion.server,
        "finish_reason": completion.finish,
        "duration_ms": completion.duration_ms,
        "first_token_ms": completion.first_token_ms,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "cached_tokens": completion.cached_tokens,
        "attempts": completion.attempts,
    }
