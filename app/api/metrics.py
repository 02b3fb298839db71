"""Prometheus metrics: what this process was asked, and what became of all tasks, from the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from app.llm.status import BackendStatus
from app.task import Status

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counters of one process; each application has its own, so that two can live side by side."""

    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=True))
    created: Counter = field(init=False)

    def __post_init__(self) -> None:
        created = Counter(
            "tasks_created", "Tasks taken by this process.", ("source",), registry=self.registry
        )
        object.__setattr__(self, "created", created)

    def exposition(self, counts: Mapping[Status, int], backends: Sequence[BackendStatus]) -> bytes:
        """The metrics as Prometheus reads them: this process's, the database's counts, the model servers."""
        now = CollectorRegistry()
        now.register(_Now(counts, backends))
        return generate_latest(self.registry) + generate_latest(now)


class _Now(Collector):
    """What is read when the metrics are asked for."""

    def __init__(self, counts: Mapping[Status, int], backends: Sequence[BackendStatus]) -> None:
        self._counts = counts
        self._backends = backends

    def collect(self) -> Iterable[Metric]:
        yield self._finished()
        for name, status in (("queue_depth", Status.QUEUED), ("running", Status.IN_PROGRESS)):
            text = f"Tasks that are {status.value}, all processes."
            yield GaugeMetricFamily(f"tasks_{name}", text, self._counts.get(status, 0))
        yield self._of_backends("backend_up", "Whether a model server answers.", lambda b: b.reachable)
        yield self._of_backends("backend_calls_in_flight", "Calls in flight.", lambda b: b.slots_in_use)
        yield self._of_backends("backend_calls_waiting", "Calls that wait for a slot.", lambda b: b.waiting)
        yield self._of_backends("backend_breaker_open", "Refused for now.", lambda b: b.breaker == "open")

    def _finished(self) -> Metric:
        text = "Tasks that ended and are still kept, all processes."
        finished = CounterMetricFamily("tasks_finished", text, labels=("status",))
        for status in filter(lambda status: status.ended, Status):
            finished.add_metric((status.value,), self._counts.get(status, 0))
        return finished

    def _of_backends(self, name: str, text: str, value: Callable[[BackendStatus], float]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=("role", "server"))
        for backend in self._backends:
            family.add_metric((backend.role, backend.url), value(backend))
        return family
