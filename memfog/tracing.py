"""Traces of requests, commits and tasks, where the standard environment (OTEL_*) names a collector.

Without one nothing is loaded and nothing is sent. A span has a name from our code, its times and a few numbers and
names: no path, query, header, user, text of an exception or captured content. A caller's own trace is not continued,
since strangers would decide what is traced.
"""

from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings


def is_on() -> bool:
    """Whether spans are recorded. A hot path asks before it makes the name of a span."""
    return bool(settings.TRACES_ENDPOINT)


def record_span(name: str, seconds: float, *, failed: bool = False, **attributes: str | int) -> None:
    """Records a span that has just ended. In the names of attributes `__` stands for a dot."""
    if is_on():
        named = {key.replace("__", "."): value for key, value in attributes.items()}
        _exporter().record(name, seconds, failed=failed, attributes=named)


def flush() -> None:
    """Sends the spans that wait. For a process that ends without Python's exit handlers."""
    if is_on():
        _exporter().flush()


@cache
def _exporter() -> Any:
    # Loaded here: the libraries take a tenth of a second and 20 MB, which only a server with a collector pays.
    return import_module("memfog.span_exporter").SpanExporter()
