"""Which of a role's servers gets a task: always the same one for its prefix cache, unless it is too busy."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping

_SPREAD = 1.25
_REMEMBERED = 4096


class Homes:
    """Remembers where each task went. Rendezvous hashing with bounded load chooses for a new one."""

    def __init__(self) -> None:
        self._homes: OrderedDict[str, str] = OrderedDict()

    def choose(self, task_id: str, loads: Mapping[str, int]) -> str:
        """The server for a task, among those it may go to with their calls in flight and waiting."""
        home = self._homes.get(task_id)
        if home is None or home not in loads:
            home = _least_busy_favourite(task_id, loads)
        self._homes[task_id] = home
        self._homes.move_to_end(task_id)
        if len(self._homes) > _REMEMBERED:
            self._homes.popitem(last=False)
        return home


def _least_busy_favourite(task_id: str, loads: Mapping[str, int]) -> str:
    most = _SPREAD * sum(loads.values()) / len(loads) + 1
    favourites = sorted(loads, key=lambda server: hashlib.sha256(f"{task_id} {server}".encode()).digest())
    return next(server for server in favourites if loads[server] <= most)
