"""Prometheus metrics: what this process was asked, and what became of all tasks, from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from app.llm.status import BackendStatus
from app.task import Status

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one process counts; each application has its own, so that two can live side by side."""

    created: Counter[str] = field(default_factory=Counter)

    def took(self, source: str) -> None:
        """Counts a task that came from "api" or "page"."""
        self.created[source] += 1

    def exposition(self, counts: Mapping[Status, int], backends: Sequence[BackendStatus]) -> bytes:
        """The metrics as Prometheus reads them: this process's, the database's counts, the model servers."""
        registry = CollectorRegistry()
        registry.register(_Now(self.created, counts, backends))
        return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Now(Collector):
    """The metrics at the moment they are asked for."""

    created: Mapping[str, int]
    counts: Mapping[Status, int]
    backends: Sequence[BackendStatus]

    def collect(self) -> Iterable[Metric]:
        created = {source: self.created.get(source, 0) for source in ("api", "page")}
        ended = {status.value: self.counts.get(status, 0) for status in Status if status.ended}
        yield _counter("tasks_created", "Tasks taken by this process.", "source", created)
        yield _counter("tasks_finished", "Tasks that ended and are still kept.", "status", ended)
        for name, status in (("queue_depth", Status.QUEUED), ("running", Status.IN_PROGRESS)):
            text = f"Tasks that are {status.value}, all processes."
            yield GaugeMetricFamily(f"tasks_{name}", text, self.counts.get(status, 0))
        yield self._of_backends("backend_up", "Whether a model server answers.", lambda b: b.reachable)
        yield self._of_backends("backend_calls_in_flight", "Calls in flight.", lambda b: b.slots_in_use)
        yield self._of_backends("backend_calls_waiting", "Calls that wait for a slot.", lambda b: b.waiting)
        yield self._of_backends("backend_breaker_open", "Left alone for now.", lambda b: b.breaker == "open")

    def _of_backends(self, name: str, text: str, value: Callable[[BackendStatus], float]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=("role", "server"))
        for backend in self.backends:
            family.add_metric((backend.role, backend.url), value(backend))
        return family


def _counter(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=(label,))
    for value, count in values.items():
        family.add_metric((value,), count)
    return family
