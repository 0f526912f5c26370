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
from events.endpoints.async_http import AsgiRequest, Send

CONTENT_TYPE = "application/x-ndjson"


async def export_log(request: AsgiRequest, send: Send) -> None:
    """With `?whole=1` also what was deleted, by its id, and what the user chose (`events.archive`)."""
    caller = await async_http.run_in_thread(authentication.identify_caller, request.headers.get("authorization"))
    # A token that lies on some machine's disk must not be enough to carry everything away.
    caller.require("account")
    whole_param = parse_qs(request.scope["query_string"].decode("latin-1")).get("whole")
    await send_export(request, send, caller.user_id, whole_account=whole_param == ["1"])


async def send_export(request: AsgiRequest, send: Send, user_id: UUID, *, whole_account: bool) -> None:
    """Sends the log up to where it ends now. A reader who takes no piece for half a minute is given up."""
    async with async_http.cancel_on_disconnect(request):
        await _send_chunks(request, send, account_archive.export_chunks(user_id, whole_account=whole_account))


async def _send_chunks(request: AsgiRequest, send: Send, chunks: Iterator[str]) -> None:
    # Before the answer begins: a database that is away is still a 503.
    chunk = await async_http.run_in_thread(next, chunks, None)
    disposition = (b"content-disposition", b'attachment; filename="memfog.ndjson"')
    headers = [*async_http.response_headers(request, CONTENT_TYPE), disposition, (b"x-accel-buffering", b"no")]
    await async_http.send_with_timeout(send, {"type": "http.response.start", "status": 200, "headers": headers})
    while chunk is not None:
        await async_http.send_with_timeout(
            send, {"type": "http.response.body", "body": chunk.encode(), "more_body": True}
        )
        chunk = await async_http.run_in_thread(next, chunks, None)
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": b""})
