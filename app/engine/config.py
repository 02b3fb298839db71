"""What the engine is told: where things are kept, how much it runs at once, how long it waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.pipeline.ports import Options

# Raised only when a workflow in flight could not be finished by newer code.
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Waits in seconds.

    `poll_s` is how often a worker looks for queued tasks and `watch_s` how often waiters and runs look for
    changes of other processes. A lease of `lease_s` is renewed each `renew_s`; the dead are looked for each
    `reap_s`. Runs get `drain_s` to end when the process is asked to stop.
    """

    poll_s: float = 0.45
    watch_s: float = 0.25
    lease_s: float = 9.0
    renew_s: float = 3.0
    reap_s: float = 2.0
    sweep_s: float = 15.0
    drain_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """`workspace` holds every task's folder; `roots` are the other folders absolute paths may be under.

    `capacity` bounds the tasks that one worker runs at once, `crash_limit` the runs in a row that may die by
    their own doing without getting further. `worker` runs tasks in this process; without it they are only
    taken in. `version` is the code's; workers of several versions may run side by side.
    """

    database_url: str
    workspace: Path
    roots: tuple[Path, ...] = ()
    protected: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    worker: bool = True
    capacity: int = 16
    max_queued: int = 10_000
    task_timeout_s: float = 3_600.0
    crash_limit: int = 3
    clocks: Clocks = Clocks()
    version: str = VERSION

    @property
    def journal(self) -> Path:
        """Beside the files it speaks of, so that whoever shares the workspace can end a dead one's apply."""
        return self.workspace / ".jr" / "journal"
