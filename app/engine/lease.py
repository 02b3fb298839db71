"""This process's sign of life: a lease, renewed from a thread so that a busy loop does not lose it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.store import leases
from app.store.session import Database
from app.trigger import point

log = structlog.get_logger(__name__)

_LATE = 1.5
"""Times of a renewal's interval after which it is missing."""
_AGAIN = 6
"""Tries in place of one renewal, while the database is away."""


@dataclass
class Lease:
    """The lease of one process; `lost` is called from the renewing thread when somebody took it for dead.

    `incarnation` names the process's sessions at the database, `workspace` is the mark of the folder it
    writes to, see `app.engine.workspace`.
    """

    database: Database
    executor: str
    incarnation: str
    workspace: str
    lease_s: float
    renew_s: float
    lost: Callable[[], object]
    clock: Callable[[], float] = time.monotonic
    _since: float = field(default=0.0, init=False)
    _until: float = field(default=0.0, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)

    def alive(self) -> bool:
        """Whether the lease holds by this process's own clock, which starts before the database's."""
        return self.clock() < self._until

    def may_judge(self) -> bool:
        """Whether this process may take others for dead: it was in touch for a whole lease, without a break.

        After an outage of the database leases have run out, and nobody is dead.
        """
        return self._in_touch(self.clock()) and self.clock() - self._since >= self.lease_s

    def _in_touch(self, now: float) -> bool:
        """Whether no renewal is missing."""
        return now - (self._until - self.lease_s) <= _LATE * self.renew_s

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lease while inside; what is left of this process then is taken over at once."""
        self._take()
        thread = threading.Thread(target=self._renew_on, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            with suppress(SQLAlchemyError):
                self.database.write_now(lambda c: leases.release(c, self.executor, self.incarnation))
                point("lease.released")

    def _take(self) -> None:
        asked = self.clock()
        self.database.write_now(
            lambda c: leases.take(
                c, self.executor, self.incarnation, workspace=self.workspace, lease_s=self.lease_s
            )
        )
        point("lease.taken")
        self._since, self._until = asked, asked + self.lease_s

    def _renew_on(self) -> None:
        wait_s = self.renew_s
        while not self._stop.wait(wait_s):
            wait_s = self.renew_s
            try:
                self._renew()
            except SQLAlchemyError as error:
                wait_s = self.renew_s / _AGAIN
                log.warning("the lease could not be renewed", executor=self.executor, error=str(error))

    def _renew(self) -> None:
        asked = self.clock()
        held = self.database.write_now(
            lambda c: leases.renew(c, self.executor, self.incarnation, lease_s=self.lease_s)
        )
        if not held:
            log.warning("this worker was taken for dead", executor=self.executor)
            self.lost()
            self._take()
            return
        point("lease.renewed")
        if not self._in_touch(asked):
            self._since = asked
        self._until = asked + self.lease_s
