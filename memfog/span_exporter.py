"""Sends spans by OTLP over HTTP. Only `memfog.tracing` loads this module, if the environment names a collector."""

import time
from collections.abc import Mapping

from django.conf import settings
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode

FLUSH_TIMEOUT_MS = 2_000


class SpanExporter:
    """Collects spans and sends them in batches, from a thread of the SDK. The SDK reads the other OTEL_* itself."""

    def __init__(self) -> None:
        self._provider = TracerProvider(resource=_describe_service())
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.TRACES_ENDPOINT)))
        self._tracer = self._provider.get_tracer("memfog", settings.VERSION)

    def record(self, name: str, seconds: float, *, failed: bool, attributes: Mapping[str, str | int]) -> None:
        """Records a span that ends now. It has no parent."""
        ended_ns = time.time_ns()
        started_ns = ended_ns - round(seconds * 1e9)
        span = self._tracer.start_span(name, Context(), attributes=attributes, start_time=started_ns)
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(ended_ns)

    def flush(self) -> None:
        self._provider.force_flush(FLUSH_TIMEOUT_MS)


def _describe_service() -> Resource:
    """The service's name is that of OTEL_SERVICE_NAME, or `memfog`."""
    resource = Resource.create({SERVICE_VERSION: settings.VERSION})
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        return resource.merge(Resource({SERVICE_NAME: "memfog"}))
    return resource
