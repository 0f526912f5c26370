"""The ASGI application of the web process: native routes, and Django for the rest. Serve `memfog.asgi:application`."""

import asyncio
import gc
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")

from memfog.wsgi import application as django_application  # noqa: I001  # sets up Django, which the apps need

from dashboard.account_pages import export_download as page_export
from dashboard.session import session_export
from dashboard.feed import live_stream as feed
from events import measures, work_kinds
from events.isolation import work_limits
from events.endpoints import async_http, deletion_api, event_stream, export_api, ingest, stream_end
from events.store import stream_hub
from events.endpoints.stream_reader import tail_reader
from events.endpoints.group_commit import writer
from memfog.metrics.metrics_endpoint import endpoint as metrics_endpoint
from memfog.metrics.web_metrics import WebMetrics
from memfog.server import arrival_alarms, grant_refresh, machine_report_writer, parent_watch, role_guard, scheduler
from memfog.server.express_ingest import ExpressIngest
from memfog.server.front_door import FrontDoor
from memfog.server.http_protocol import HttpProtocol
from memory.mcp_server import mcp_endpoint


# Seconds that a thread may hold the interpreter lock (GIL) while other threads wait for it. Python's default is five
# times longer: too long for requests that acquire the lock dozens of times, once for each answer of the database.
sys.setswitchinterval(0.001)


async def answer_healthz(request: async_http.AsgiRequest, send: async_http.Send) -> None:
    await async_http.respond(request, send, b"ok", content_type="text/plain")


def start_metrics() -> None:
    """Starts the metrics of this process. Not on import: a command that imports this module is no web process."""
    metrics = WebMetrics()
    measures.use_observer(metrics)
    metrics_endpoint.web_metrics = front_door.metrics = metrics


async def lifespan(receive: async_http.Receive, send: async_http.Send) -> None:
    await receive()
    # Objects that are loaded now are never freed. Repeated garbage collections over all of them took more time than
    # the parsing of a large event, and held the interpreter lock meanwhile.
    gc.collect()
    gc.freeze()
    work_limits.use(work_kinds.PAGE)
    refusal = await role_guard.explain_refusal()
    if refusal:
        await send({"type": "lifespan.startup.failed", "message": refusal})
        return
    start_metrics()
    stream_hub.hub.start()
    stream_end.install_signal_handlers()
    _set_alarms()
    services = [
        scheduler.run_schedule,
        grant_refresh.refresh_grants,
        machine_report_writer.write_reports,
        parent_watch.watch_parent,
        *([role_guard.guard_role] if refusal is None else []),
    ]
    background_tasks = [asyncio.create_task(service()) for service in services]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in background_tasks:
        task.cancel()
    await _stop_parts()
    await send({"type": "lifespan.shutdown.complete"})


def _set_alarms() -> None:
    alarm = arrival_alarms.ProjectionAlarm()
    alarm.set()  # for events whose process ended before its alarm
    stream_hub.hub.listeners.append(alarm.set)
    stream_hub.hub.append_listeners.append(arrival_alarms.NoticeAlarm().set)


async def _stop_parts() -> None:
    front_door.pages.stop()
    await writer.stop()
    if front_door.metrics:
        front_door.metrics.flush()
    await tail_reader.stop()
    await stream_hub.hub.stop()


front_door = FrontDoor(
    native={
        "/healthz": (("GET", "HEAD"), answer_healthz),
        "/ingest": (("POST",), ingest.ingest),
        "/api/events": (("DELETE",), deletion_api.delete_events),
        "/api/events/stream": (("GET",), event_stream.stream_events),
        "/api/export": (("GET",), export_api.export_log),
        "/export": (("GET",), page_export.download),
        "/export/session": (("GET",), session_export.export_session),
        "/live/stream": (("GET",), feed.stream_live),
        "/mcp": (("POST",), mcp_endpoint.handle_message),
        "/metrics": (("GET",), metrics_endpoint.answer),
    },
    large_bodies={"/sync/push": ingest.push_large},
    django=django_application,
)


HttpProtocol.express_way = ExpressIngest(front_door)


async def application(scope: async_http.AsgiScope, receive: async_http.Receive, send: async_http.Send) -> Any:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    return await front_door(scope, receive, send)
