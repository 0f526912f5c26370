"""Everything that a user's log holds, as NDJSON: one event a line, in the order in which they committed.

`GET /api/export` for an access token; the page's button in `dashboard.account_pages.export_download` sends the whole
account.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs
from uuid import UUID

from accounts.credentials import authentication
from events.archive import account_archive
from events.endpoints import async_http
from events.endpoints.async_http import Request, Send

KIND = "application/x-ndjson"


async def export(request: Request, send: Send) -> None:
    """With `?whole=1` also what was deleted, by its id, and what the user chose (`events.archive`)."""
    caller = await async_http.read(authentication.identify, request.headers.get("authorization"))
    # A token that lies on some machine's disk must not be enough to carry everything away.
    caller.need("account")
    asked = parse_qs(request.scope["query_string"].decode("latin-1")).get("whole")
    await stream(request, send, caller.user_id, whole=asked == ["1"])


async def stream(request: Request, send: Send, user_id: UUID, *, whole: bool) -> None:
    """Sends the log up to where it ends now. A reader who takes no piece for half a minute is given up."""
    async with async_http.while_awaited(request):
        await _stream(request, send, account_archive.pieces(user_id, whole=whole))


async def _stream(request: Request, send: Send, pieces: Iterator[str]) -> None:
    # Before the answer begins: a database that is away is still a 503.
    piece = await async_http.read(next, pieces, None)
    saved = (b"content-disposition", b'attachment; filename="memfog.ndjson"')
    opening = [*async_http.head(request, KIND), saved, (b"x-accel-buffering", b"no")]
    await async_http.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    while piece is not None:
        await async_http.within(send, {"type": "http.response.body", "body": piece.encode(), "more_body": True})
        piece = await async_http.read(next, pieces, None)
    await async_http.within(send, {"type": "http.response.body", "body": b""})
