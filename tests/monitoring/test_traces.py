"""Spans go to the collector that the environment names, and hold nothing of anybody's; without one nothing is sent."""

import json
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.environment import free_port
from tests.events.make import make_event
from tests.monitoring.sink import Sink, listening
from tests.people import People, Person
from tests.server import ROOT, Server, wait_for

CANARY = f"canary-{uuid4().hex}"
ATTRIBUTES = {
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "memfog.request_id",
    "memfog.requests",
    "memfog.events",
}
RESOURCE = {"service.name", "service.version", "service.instance.id"}
DERIVE = """
import django
django.setup()
from memfog.server.scheduler import load_schedule, run_task
run_task("project-new-events", load_schedule()["project-new-events"][1])
"""


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with listening() as made:
        yield made


@pytest.fixture(scope="module")
def traced(server: Server, sink: Sink) -> Iterator[Server]:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "DJANGO_SETTINGS_MODULE": "tests.operators.settings",
    }
    running = Server(free_port(), **environment).start()
    yield running
    running.stop()


@pytest.fixture
def captured(traced: Server) -> Iterator[Person]:
    """A user who sent the canary in all ways."""
    people = People(traced.url)
    alice = people()
    event = make_event(data={"prompt": CANARY, "session_id": CANARY}, project=f"/{CANARY}", repo=CANARY)
    assert alice.http.post("/ingest", json=event, headers={"User-Agent": CANARY}).status_code == 200
    alice.http.get(f"/sessions/{CANARY}", params={"q": CANARY}, headers={"Cookie": f"a={CANARY}"})
    alice.http.get(f"/{CANARY}")
    assert alice.http.post("/api/broken", json={"prompt": CANARY}).status_code == 500
    yield alice
    people.close()


def spans(sink: Sink) -> dict[str, Span]:
    return {span.name: span for request in requests(sink) for scope in scopes(request) for span in scope}


def requests(sink: Sink) -> list[ExportTraceServiceRequest]:
    assert {path for path, _ in sink.received} <= {"/v1/traces"}
    return [ExportTraceServiceRequest.FromString(body) for _, body in list(sink.received)]


def scopes(request: ExportTraceServiceRequest) -> list[list[Span]]:
    return [list(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans]


def test_requests_and_commits_have_spans(sink: Sink, captured: Person) -> None:
    wanted = {"POST /ingest", "commit", "GET ?", "POST /api/broken"}
    wait_for(lambda: wanted <= set(spans(sink)), what="the spans")
    found = spans(sink)
    assert values(found["commit"]) == {"memfog.requests": 1, "memfog.events": 1}
    told = values(found["POST /ingest"])
    assert (told["http.route"], told["http.response.status_code"]) == ("/ingest", 200)
    assert found["POST /api/broken"].status.code == Status.STATUS_CODE_ERROR
    for span in found.values():
        assert 0 <= span.end_time_unix_nano - span.start_time_unix_nano < 300e9


def values(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_task_has_a_span(traced: Server, sink: Sink) -> None:
    environment = {**traced.environment, "DJANGO_SETTINGS_MODULE": "memfog.settings"}
    subprocess.run([sys.executable, "-c", DERIVE], env=environment, cwd=ROOT, check=True)
    wait_for(lambda: "memory.tasks.project_new_events" in spans(sink), what="the span of the task")


def test_no_span_holds_what_somebody_sent(sink: Sink, captured: Person) -> None:
    wait_for(lambda: "POST /api/broken" in spans(sink), what="the spans")
    held = sink.bodies.decode("latin-1")
    secrets = (CANARY, captured.token, captured.user.email, str(captured.id), captured.id.hex)
    assert [secret for secret in secrets if secret in held] == []
    for request in requests(sink):
        for resource in request.resource_spans:
            names = {one.key for one in resource.resource.attributes if not one.key.startswith("telemetry.")}
            assert names <= RESOURCE
        for span in (span for scope in scopes(request) for span in scope):
            assert set(values(span)) <= ATTRIBUTES
            assert not span.events


@pytest.mark.parametrize("environment", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}])
def test_without_a_collector_and_a_dsn_nothing_is_loaded(environment: dict[str, str]) -> None:
    code = (
        "import json, sys, memfog.asgi; from memfog import tracing; tracing.record_span('commit', 1.0); "
        "import logging; logging.getLogger('memfog').error('an error'); "
        "print(json.dumps(sorted(name for name in sys.modules "
        "if name.startswith(('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'sentry_sdk')))))"
    )
    # redis loads `opentelemetry.sdk.metrics` wherever it is installed (1.4 MB), and does nothing with it.
    given = {**Server(free_port()).environment, **environment}
    # A process of its own: those of the tests' fork server have all libraries.
    done = subprocess.run([sys.executable, "-c", code], env=given, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout or "0")) == (0, []), done.stderr
