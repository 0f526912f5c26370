"""`GET /metrics`: counts of all web processes, and the state of everything else, as text for Prometheus."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.api_base.problem import Problem
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from memfog.metrics import metrics_access, state_collector
from memfog.metrics.web_metrics import WebMetrics

logger = logging.getLogger(__name__)

FRESH_S = 5.0  # seconds for which figures that were read are given again
STALE_S = 30.0  # seconds for which they are given while the next look at them takes its time
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
        self._reading: asyncio.Future[list[Metric]] | None = None
        self._figures: list[Metric] = []
        self._read_at = -inf

    async def answer(self, request: AsgiRequest, send: Send) -> None:
        """Answers with all metrics. Raises Problem `not_found` for a caller who may not read them."""
        if not metrics_access.is_allowed(request):
            raise Problem("not_found")
        figures = await self._load_figures()
        if self.web_metrics:
            self.web_metrics.flush()
        content = await asyncio.to_thread(self._render, figures)
        await async_http.respond(request, send, content, content_type=CONTENT_TYPE_LATEST)

    async def _load_figures(self) -> list[Metric] | None:
        """Returns the figures, or earlier ones while reading them takes too long; None if those are too old."""
        if self._age_s() > FRESH_S:
            if self._reading is None:
                self._reading = asyncio.get_running_loop().run_in_executor(self._thread, state_collector.load_state)
                self._reading.add_done_callback(self._keep)
            await asyncio.wait([self._reading], timeout=READ_TIMEOUT_S)
        return self._figures if self._age_s() < STALE_S else None

    def _age_s(self) -> float:
        return time.monotonic() - self._read_at

    def _keep(self, reading: "asyncio.Future[list[Metric]]") -> None:
        self._reading = None
        if error := reading.exception():
            logger.error("The figures could not be read", exc_info=error)
        else:
            self._figures, self._read_at = reading.result(), time.monotonic()

    def _render(self, figures: list[Metric] | None) -> bytes:
        help_text = "Whether the figures of database and Redis were read in time."
        was_read = GaugeMetricFamily("memfog_state_read", help_text, float(figures is not None))
        registry = CollectorRegistry()
        registry.register(_Fixed([was_read, *(figures or [])]))
        counted = self.web_metrics.render() if self.web_metrics else b""
        return counted + generate_latest(registry)


endpoint = MetricsEndpoint()
