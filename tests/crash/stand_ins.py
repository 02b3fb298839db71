"""Model servers that outlive every service: each reply has its own number, and who asked when is known."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from sqlalchemy import func, select

from app.llm.call import Completion
from app.store.codec import load
from app.store.session import Database
from app.store.tables import EPOCH, events, replies
from tests.fakes.ollama import FakeOllama
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen, Wire
from tests.fakes.world import plan

Servers = tuple[FakeOllama, FakeVllm]

_PATH = re.compile(r"\bmade_\d+_\w\.py\b")
_NUMBER = re.compile(r"\breply (\d+)\b")
_NUMBERS = count(1)


@contextmanager
def model_servers() -> Iterator[Servers]:
    """The PM plans what is named, the coder writes it."""
    with FakeOllama(plan_for) as ollama, FakeVllm(code_for) as vllm:
        yield ollama, vllm


def plan_for(seen: Seen) -> str:
    return plan(*dict.fromkeys(_PATH.findall(seen.prompt))).replace('"S"', f'"{_numbered(seen)}"')


def code_for(seen: Seen) -> str:
    return f"```python\nVALUE = 1\nNAME = '{_numbered(seen)}'\n```\n"


def _numbered(seen: Seen) -> str:
    seen.notes["number"] = next(_NUMBERS)
    return f"reply {seen.notes['number']}"


@dataclass(frozen=True)
class Stored:
    """A reply that a service stored, and when (seconds since 1970)."""

    task_id: str
    key: str
    number: int
    at: float


def asked_again(database: Database, servers: Sequence[Wire]) -> list[str]:
    """What was asked once more although its reply was stored, and what was stored that nobody said."""
    since_1970 = time.time() - time.monotonic()
    calls = [seen for server in servers for seen in server.calls if "number" in seen.notes]
    said = {seen.notes["number"]: seen for seen in calls}
    asked: dict[bytes, float] = {}
    for seen in calls:
        asked[seen.raw] = max(asked.get(seen.raw, 0.0), seen.arrived + since_1970)
    wrong = []
    for reply in _stored(database):
        if reply.number not in said:
            wrong.append(f"stored and never said: {reply}")
        elif (last := asked[said[reply.number].raw]) > reply.at:
            wrong.append(f"asked again {last - reply.at:.3f} s after it was stored: {reply}")
    return wrong


def _stored(database: Database) -> list[Stored]:
    """The last reply to each question: a retry may ask again what got no good answer before."""
    key = "model:" + replies.c.key + ":" + func.substr(replies.c.request_sha256, 1, 16)
    query = (
        select(replies.c.task_id, replies.c.key, replies.c.request_sha256, replies.c.completion, events.c.at)
        .join(
            events,
            (events.c.task_id == replies.c.task_id)
            & (events.c.attempt == replies.c.attempt)
            & (events.c.key == key),
        )
        .order_by(replies.c.attempt)
    )
    last: dict[tuple[str, str, str], Stored] = {}
    for row in database.read_now(lambda c: c.execute(query).all()):
        number = _NUMBER.search(load(Completion, row.completion).text)
        if number is not None:
            at = (row.at - EPOCH).total_seconds()
            last[row.task_id, row.key, row.request_sha256] = Stored(row.task_id, row.key, int(number[1]), at)
    return list(last.values())
