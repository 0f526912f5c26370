"""What a web process counts: requests, stored events, commits, open streams.

Labels have few values, which the code knows: route templates, methods, classes of status. Never a user, an address, a
path or captured content.

Amounts are collected in lists and counted together a few times a second: a call of `prometheus_client` between two
requests takes several times as long as in a loop, since its code and data have left the processor's caches by then.
"""

import asyncio
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Callable, Sequence

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from events.measures import LogObserver
from memfog import tracing
from memfog.metrics.shared_values import SharedValues

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"  # clients choose the method freely
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 25.0)
GROUP_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
FLUSH_DELAY_S = 0.25  # seconds for which amounts are collected


class _Batch:
    """Amounts that wait to be counted. Any thread may append; only the event loop flushes."""

    def __init__(self, count: Callable[[Sequence[float]], None]) -> None:
        self._count = count
        self.amounts: list[float] = []
        self.append = self.amounts.append

    def flush(self) -> None:
        waiting = self.amounts[:]
        del self.amounts[: len(waiting)]
        self._count(waiting)


class _Histogram(Histogram):
    def observe_all(self, amounts: Sequence[float]) -> None:
        """Observes amounts as `observe` does with each, at a third of the time."""
        for bucket, count in Counts(bisect_left(self._upper_bounds, amount) for amount in amounts).items():
            self._buckets[bucket].inc(count)
        self._sum.inc(sum(amounts))


class WebMetrics(LogObserver):
    """The metrics of this web process; with a broker in files that all web processes share."""

    def __init__(self) -> None:
        self.shared_values = SharedValues(settings.METRICS_DIR) if settings.REDIS_URL else None
        if self.shared_values:
            self.shared_values.claim()
        self._registry = CollectorRegistry()
        self._batches: list[_Batch] = []
        self._by_request: dict[tuple[str, str, int], _Batch] = {}
        self._is_flush_due = False
        self._define_request_metrics()
        self._define_log_metrics()

    def _define_request_metrics(self) -> None:
        self._requests = _Histogram(
            "memfog_request_seconds",
            "Seconds until the response of a request started.",
            ("route", "method", "status"),
            buckets=REQUEST_SECONDS,
            registry=self._registry,
        )
        self._open_streams = Gauge(
            "memfog_open_streams", "Streams that are open.", registry=self._registry, multiprocess_mode="livesum"
        )

    def _define_log_metrics(self) -> None:
        events = Counter("memfog_ingested_events", "Events that arrived.", ("result",), registry=self._registry)
        self._accepted, self._duplicates, self._rejected = (
            self._collect_sums(events.labels(result)) for result in ("accepted", "duplicate", "rejected")
        )
        commits = _Histogram(
            "memfog_commit_seconds",
            "Seconds of one group commit.",
            buckets=COMMIT_SECONDS,
            registry=self._registry,
        )
        group_sizes = _Histogram(
            "memfog_commit_events",
            "Events in one group commit.",
            buckets=GROUP_SIZES,
            registry=self._registry,
        )
        self._commits, self._group_sizes = self._collect(commits.observe_all), self._collect(group_sizes.observe_all)

    def _collect_sums(self, counter: Counter) -> _Batch:
        return self._collect(lambda amounts: counter.inc(sum(amounts)))

    def _collect(self, count: Callable[[Sequence[float]], None]) -> _Batch:
        batch = _Batch(count)
        self._batches.append(batch)
        return batch

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request by its route template (`?` for an unknown path) and the time until its response started.

        Call it on the event loop.
        """
        batch = self._by_request.get((route, method, status // 100))
        if batch is None:
            batch = self._find_batch(route, method if method in METHODS else OTHER_METHOD, status // 100)
        batch.append(seconds)
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_later(FLUSH_DELAY_S, self.flush)

    def _find_batch(self, route: str, method: str, hundreds: int) -> _Batch:
        key = route, method, hundreds
        if key not in self._by_request:
            self._by_request[key] = self._collect(self._requests.labels(route, method, f"{hundreds}xx").observe_all)
        return self._by_request[key]

    def flush(self) -> None:
        """Counts what was collected."""
        self._is_flush_due = False
        for batch in self._batches:
            if batch.amounts:
                batch.flush()

    def observe_commit(self, seconds: float, requests: int, events: int) -> None:
        self._commits.append(seconds)
        self._group_sizes.append(events)
        tracing.record_span("commit", seconds, memfog__requests=requests, memfog__events=events)

    def count_events(self, *, accepted: int, duplicates: int, rejected: int) -> None:
        if accepted:
            self._accepted.append(accepted)
        if duplicates:
            self._duplicates.append(duplicates)
        if rejected:
            self._rejected.append(rejected)

    def add_open_streams(self, count: int) -> None:
        self._open_streams.inc(count)

    def render(self) -> bytes:
        """Returns the sums over all web processes as text for Prometheus."""
        if self.shared_values is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        self.shared_values.collect_into(registry)
        return generate_latest(registry)
