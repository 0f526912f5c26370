"""Exports a user's log as NDJSON: one event per line, in the order of commit.

`GET /api/export` needs an access token. The button of the page (`dashboard.account_pages.export_download`) exports the
whole account.
"""

import zlib
from collections.abc import Iterator
from urllib.parse import parse_qs
from uuid import UUID

from accounts.credentials import authentication
from events.archive import account_archive
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Headers, Send

CONTENT_TYPE = "application/x-ndjson"
DOWNLOAD_HEADERS: Headers = [
    (b"content-disposition", b'attachment; filename="memfog.ndjson"'),
    (b"x-accel-buffering", b"no"),
]
PLAIN_HEADERS: Headers = [(b"vary", b"accept-encoding")]
GZIP_HEADERS: Headers = [*PLAIN_HEADERS, (b"content-encoding", b"gzip")]


async def export_log(request: AsgiRequest, send: Send) -> None:
    """Exports the log; with `?whole=1` also the ids of deleted events and the user's preferences (`events.archive`)."""
    caller = await async_http.run_in_thread(authentication.identify_caller, request.headers.get("authorization"))
    # An API token is stored on a machine's disk; it must not allow an export of the whole log.
    caller.require("account")
    whole_param = parse_qs(request.scope["query_string"].decode("latin-1")).get("whole")
    await send_export(request, send, caller.user_id, whole_account=whole_param == ["1"])


async def send_export(request: AsgiRequest, send: Send, user_id: UUID, *, whole_account: bool) -> None:
    """Sends the log up to its current head, as gzip to a client that accepts it.

    Ends if the client receives no chunk for `SEND_TIMEOUT_S`.
    """
    compressed = _accepts_gzip(request.headers.get("accept-encoding", ""))
    chunks = _encode_chunks(account_archive.export_chunks(user_id, whole_account=whole_account), compressed=compressed)
    async with async_http.cancel_on_disconnect(request):
        await _send_chunks(request, send, chunks, GZIP_HEADERS if compressed else PLAIN_HEADERS)


def _accepts_gzip(header: str) -> bool:
    """Whether the header lists gzip, and not with the quality 0, which refuses it."""
    parts = (part.replace(" ", "").lower().partition(";q=") for part in header.split(","))
    return any(name == "gzip" and (quality or "1").strip("0.") for name, _, quality in parts)


def _encode_chunks(chunks: Iterator[str], *, compressed: bool) -> Iterator[bytes]:
    if not compressed:
        yield from (chunk.encode() for chunk in chunks)
        return
    stream = zlib.compressobj(wbits=31)
    for chunk in chunks:
        yield stream.compress(chunk.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
    yield stream.flush()


async def _send_chunks(request: AsgiRequest, send: Send, chunks: Iterator[bytes], encoding: Headers) -> None:
    # Load the first chunk before the response starts, so that a database failure can still be answered with 503.
    chunk = await async_http.run_in_thread(next, chunks, None)
    headers = [*async_http.response_headers(request, CONTENT_TYPE), *DOWNLOAD_HEADERS, *encoding]
    await async_http.send_with_timeout(send, {"type": "http.response.start", "status": 200, "headers": headers})
    while chunk is not None:
        await async_http.send_with_timeout(send, {"type": "http.response.body", "body": chunk, "more_body": True})
        chunk = await async_http.run_in_thread(next, chunks, None)
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": b""})
