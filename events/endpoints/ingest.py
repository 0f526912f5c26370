"""`POST /ingest`: the fast door. Answers once the events are committed, many requests in one commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.conf import settings

from accounts.credentials import authentication
from events.endpoints import async_http, ingest_rate_limit, request_body
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.group_commit import writer
from events.store import locations, log
from events.store.append_rows import EventRow
from events.wire import batch_parser

_parse_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")


async def ingest(request: AsgiRequest, send: Send) -> None:
    """Takes one event, or `{"events":[…]}`. Answers `{"accepted":n}` once they are committed."""
    caller = await _identify_caller(request)
    caller.require("capture")
    ingest_rate_limit.check_rate_limit(caller.user_id)
    async_http.require_json(request)
    limits = settings.LIMITS
    body = await async_http.read_body(request, limit=limits["request_bytes"], inflated_limit=limits["inflated_bytes"])
    rows, rejected = await _parse_rows(caller.user_id, body)
    ingest_rate_limit.charge(caller.user_id, len(rows) + len(rejected))
    appended = await writer.append(rows) if rows else log.Appended(0, 0)
    await async_http.respond(request, send, request_body.format_response(appended, rejected))


async def _identify_caller(request: AsgiRequest) -> authentication.Caller:
    header = request.headers.get("authorization")
    client = request.headers.get("user-agent", "")
    cached = authentication.cached_caller(header)
    return cached if cached else await async_http.run_in_thread(authentication.identify_caller, header, client=client)


async def _parse_rows(user_id: UUID, body: bytes) -> tuple[list[EventRow], list[batch_parser.Rejection]]:
    if len(body) > request_body.LARGE_BODY_BYTES:
        return await asyncio.get_running_loop().run_in_executor(_parse_pool, _parse_rows_in_thread, user_id, body)
    batch, rejected = request_body.parse_ingest(user_id, body)
    if locations.are_cached((user_id, locations.for_event(event)) for event in batch.events):
        return log.build_batch_rows(batch), rejected
    return await async_http.run_in_thread(log.build_batch_rows, batch), rejected


def _parse_rows_in_thread(user_id: UUID, body: bytes) -> tuple[list[EventRow], list[batch_parser.Rejection]]:
    batch, rejected = request_body.parse_ingest(user_id, body)
    return async_http.call_with_fresh_connection(log.build_batch_rows, batch), rejected
