"""`GET /metrics`: counts of all web processes, and the state of everything else, as text for Prometheus."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.api_base.problem import Problem
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from memfog.metrics import metrics_access, state_collector
from memfog.metrics.web_metrics import WebMetrics

CACHE_S = 5.0  # seconds for which figures that were read are given again
READ_TIMEOUT_S = 4.0  # seconds that a scrape waits for them; Prometheus waits 10 by default


class _Fixed(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        return self._metrics


class MetricsEndpoint:
    """Answers Prometheus. It reads figures in one thread, so that a database that hangs holds no more than that."""

    def __init__(self) -> None:
        self.web_metrics: WebMetrics | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="metrics")
        self._state: asyncio.Future[list[Metric]] | None = None
        self._read_at = 0.0

    async def answer(self, request: AsgiRequest, send: Send) -> None:
        """Answers with all metrics; to others than Prometheus as if there were no such page."""
        if not metrics_access.is_allowed(request):
            raise Problem("not_found")
        state = await self._load_state()
        content = await asyncio.to_thread(self._render, state)
        await async_http.respond(request, send, content, content_type=CONTENT_TYPE_LATEST)

    async def _load_state(self) -> list[Metric] | None:
        """Returns what was read lately, or None if it takes too long: the next scrape may find it."""
        is_fresh = time.monotonic() - self._read_at < CACHE_S
        if self._state is None or (self._state.done() and not is_fresh):
            self._state = asyncio.get_running_loop().run_in_executor(self._thread, state_collector.load_state)
            self._read_at = time.monotonic()
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                return await asyncio.shield(self._state)
        except TimeoutError:
            return None

    def _render(self, state: list[Metric] | None) -> bytes:
        help_text = "Whether the figures of database and Redis were read in time."
        was_read = GaugeMetricFamily("memfog_state_read", help_text, float(state is not None))
        registry = CollectorRegistry()
        registry.register(_Fixed([was_read, *(state or [])]))
        counted = self.web_metrics.render() if self.web_metrics else b""
        return counted + generate_latest(registry)


endpoint = MetricsEndpoint()
