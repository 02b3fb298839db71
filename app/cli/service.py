"""The running service as the commands see it: calls, problems as exits, a task watched to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from app.cli.exits import CommandError, Exit
from app.domain import JsonObject
from app.llm.http import ApiClient, ApiEvent, ApiReply, ServiceUnreachable

_ENDED = frozenset({"completed", "failed", "cancelled"})
_SERVER_FAULT = 500
_CLIENT_FAULT = 400
_TRIES = 10
_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Service:
    """The service at `url`; every method raises CommandError where it says no or nothing."""

    url: str
    client: ApiClient

    def submit(self, body: JsonObject) -> JsonObject:
        return self._json("POST", "/v1/tasks", dict(body))

    def task(self, task_id: str) -> JsonObject:
        return self._json("GET", f"/v1/tasks/{quote(task_id, safe='')}")

    def watch(self, task_id: str) -> Iterator[tuple[ApiEvent | None, JsonObject]]:
        """Each event as it comes with the task as it then stands, until it ends or waits for approval.

        A connection that breaks is made anew and goes on where it broke. The last item has no event.
        """
        task = self.task(task_id)
        seen, tries = 0, 0
        while not settled(task) and tries < _TRIES:
            try:
                for event in self.client.events(f"/v1/tasks/{quote(task_id, safe='')}/events", after=seen):
                    if not event.id:
                        continue
                    seen, tries = int(event.id), 0
                    task = self.task(task_id)
                    yield event, task
                    if settled(task):
                        break
            except ServiceUnreachable:
                time.sleep(_PAUSE_S)
            tries += 1
            task = self.task(task_id)
        yield None, task

    def _json(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        try:
            reply = self.client.request(method, path, json=body)
        except ServiceUnreachable as error:
            message = f"no service answers at {self.url} ({error}); start one with: jr serve"
            raise CommandError(Exit.UNREACHABLE, message) from None
        _refuse_problems(reply, self.url)
        return cast("JsonObject", reply.json)


def settled(task: JsonObject) -> bool:
    """Whether nothing more happens to the task by itself."""
    return task["status"] in _ENDED or task["status"] == "awaiting_approval"


def exit_of(task: JsonObject) -> Exit:
    """The exit code that tells how the task ended."""
    return Exit.COMPLETED if task["status"] == "completed" else Exit.FAILED


def _refuse_problems(reply: ApiReply, url: str) -> None:
    if reply.status < _CLIENT_FAULT:
        return
    try:
        problem: Any = reply.json
        lines = [str(problem["detail"])]
        lines += [f"  {error['pointer']}: {error['detail']}" for error in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandError(Exit.UNREACHABLE, f"{url} is not a Jr service (status {reply.status})") from None
    code = Exit.UNREACHABLE if reply.status >= _SERVER_FAULT else Exit.USAGE
    raise CommandError(code, "\n".join(lines))
