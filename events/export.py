"""Everything that a user's log holds, as NDJSON: one event a line, in the order in which they committed.

`GET /api/export` for an access token; the page's button in `dashboard.export` sends the same.
"""

from uuid import UUID

from accounts import authentication
from events import log, native
from events.jsontext import one_line
from events.native import Request, Send

# Read and sent together. An event may have 1 MiB, and this many of those stand in memory at once.
AT_ONCE = 20
KIND = "application/x-ndjson"


async def export(request: Request, send: Send) -> None:
    caller = await native.read(authentication.identify, request.headers.get("authorization"))
    # A token that lies on some machine's disk must not be enough to carry everything away.
    caller.need("account")
    await stream(request, send, caller.user_id)


async def stream(request: Request, send: Send, user_id: UUID) -> None:
    """Sends the log up to where it ends now. A reader who takes no piece for half a minute is given up."""
    end, at = await native.read(log.head, user_id), 0
    saved = (b"content-disposition", b'attachment; filename="memfog.ndjson"')
    opening = [*native.head(request, KIND), saved, (b"x-accel-buffering", b"no")]
    await native.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    while at < end:
        records = await native.read(log.after, user_id, at, limit=AT_ONCE)
        lines = "".join(f"{one_line(record.wire(user_id))}\n" for record in records if not record.deleted)
        await native.within(send, {"type": "http.response.body", "body": lines.encode(), "more_body": True})
        at = records[-1].seq if records else end
    await native.within(send, {"type": "http.response.body", "body": b""})
