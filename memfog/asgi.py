"""The web process: what it answers itself, and Django for the rest. Serve `memfog.asgi:application`."""

import asyncio
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")

from memfog.wsgi import application as django_application  # noqa: I001  # sets Django up; the rooms need that

from dashboard import export as page_export
from dashboard import session_export
from dashboard import stream as feed
from events import deletion_api, export, ingest, live, native, stream
from events.tail import tail
from events.writer import writer
from memfog import clock, parent
from memfog.door import Door
from memory import mcp


async def alive(request: native.Request, send: native.Send) -> None:
    await native.respond(request, send, b"ok", kind="text/plain")


async def lifespan(receive: native.Receive, send: native.Send) -> None:
    await receive()
    live.hub.start()
    by_itself = [asyncio.create_task(work()) for work in (clock.tick, parent.watch)]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in by_itself:
        task.cancel()
    await writer.stop()
    await tail.stop()
    await live.hub.stop()
    await send({"type": "lifespan.shutdown.complete"})


door = Door(
    native={
        "/healthz": (("GET", "HEAD"), alive),
        "/ingest": (("POST",), ingest.ingest),
        "/api/events": (("DELETE",), deletion_api.delete),
        "/api/events/stream": (("GET",), stream.events),
        "/api/export": (("GET",), export.export),
        "/export": (("GET",), page_export.download),
        "/export/session": (("GET",), session_export.download),
        "/live/stream": (("GET",), feed.rows),
        "/mcp": (("POST",), mcp.mcp),
    },
    django=django_application,
)


async def application(scope: native.Scope, receive: native.Receive, send: native.Send) -> Any:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    return await door(scope, receive, send)
