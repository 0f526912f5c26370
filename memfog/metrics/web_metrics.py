"""What a web process counts: requests, stored events, commits, open streams.

Labels have few values, which the code knows: route templates, methods, classes of status. Never a user, an address, a
path or captured content.
"""

from typing import Protocol

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


class _Observed(Protocol):
    def observe(self, amount: float) -> None: ...


class WebMetrics(LogObserver):
    """The metrics of this web process; with a broker in files that all web processes share."""

    def __init__(self) -> None:
        self.shared_values = SharedValues(settings.METRICS_DIR) if settings.REDIS_URL else None
        if self.shared_values:
            self.shared_values.claim()
        self._registry = CollectorRegistry()
        self._by_request: dict[tuple[str, str, int], _Observed] = {}
        self._define_request_metrics()
        self._define_log_metrics()

    def _define_request_metrics(self) -> None:
        self._requests = Histogram(
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
            events.labels(result) for result in ("accepted", "duplicate", "rejected")
        )
        self._commits = Histogram(
            "memfog_commit_seconds",
            "Seconds of one group commit.",
            buckets=COMMIT_SECONDS,
            registry=self._registry,
        )
        self._group_sizes = Histogram(
            "memfog_commit_events",
            "Events in one group commit.",
            buckets=GROUP_SIZES,
            registry=self._registry,
        )

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request by its route template (`?` for an unknown path) and the time until its response started."""
        key = route, method, status // 100
        observed = self._by_request.get(key)
        if observed is None:
            observed = self._add_request_kind(route, method, status)
        observed.observe(seconds)

    def _add_request_kind(self, route: str, method: str, status: int) -> _Observed:
        label = method if method in METHODS else OTHER_METHOD
        observed = self._requests.labels(route, label, f"{status // 100}xx")
        if label != OTHER_METHOD:  # the dictionary must not grow with methods that clients invent
            self._by_request[route, method, status // 100] = observed
        return observed

    def observe_commit(self, seconds: float, requests: int, events: int) -> None:
        self._commits.observe(seconds)
        self._group_sizes.observe(events)
        tracing.record_span("commit", seconds, memfog__requests=requests, memfog__events=events)

    def count_events(self, *, accepted: int, duplicates: int, rejected: int) -> None:
        for counter, number in (
            (self._accepted, accepted),
            (self._duplicates, duplicates),
            (self._rejected, rejected),
        ):
            if number:
                counter.inc(number)

    def add_open_streams(self, count: int) -> None:
        self._open_streams.inc(count)

    def render(self) -> bytes:
        """Returns the sums over all web processes as text for Prometheus."""
        if self.shared_values is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        self.shared_values.collect_into(registry)
        return generate_latest(registry)
