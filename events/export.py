"""Everything that a user's log holds, as NDJSON: one event a line, in the order in which they committed.

`GET /api/export` for an access token; the page's button in `dashboard.export` sends the whole account.
"""

from urllib.parse import parse_qs
from uuid import UUID

from accounts import authentication
from events import archive, native
from events.native import Request, Send

KIND = "application/x-ndjson"


async def export(request: Request, send: Send) -> None:
    """With `?whole=1` also what was deleted, by its id, and what the user chose: see `events.archive`."""
    caller = await native.read(authentication.identify, request.headers.get("authorization"))
    # A token that lies on some machine's disk must not be enough to carry everything away.
    caller.need("account")
    asked = parse_qs(request.scope["query_string"].decode("latin-1")).get("whole")
    await stream(request, send, caller.user_id, whole=asked == ["1"])


async def stream(request: Request, send: Send, user_id: UUID, *, whole: bool) -> None:
    """Sends the log up to where it ends now. A reader who takes no piece for half a minute is given up."""
    pieces = archive.pieces(user_id, whole=whole)
    # Before the answer begins: a database that is away is still a 503.
    piece = await native.read(next, pieces, None)
    saved = (b"content-disposition", b'attachment; filename="memfog.ndjson"')
    opening = [*native.head(request, KIND), saved, (b"x-accel-buffering", b"no")]
    await native.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    while piece is not None:
        await native.within(send, {"type": "http.response.body", "body": piece.encode(), "more_body": True})
        piece = await native.read(next, pieces, None)
    await native.within(send, {"type": "http.response.body", "body": b""})
