"""`POST /ingest`. Answers when the events are committed; concurrent requests share a commit."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from django.conf import settings

from accounts.credentials import authentication
from accounts.machines import machine_reports, report_header
from events import measures
from events.endpoints import async_http, ingest_rate_limit, request_body, shared_loads
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.group_commit import writer
from events.store import drafts
from events.store.drafts import Draft
from events.store.log import Appended
from events.wire.batch_parser import ParsedBatch, Rejection

ParseParts = Callable[[], Iterator[ParsedBatch]]

_parse_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")


async def ingest(request: AsgiRequest, send: Send) -> None:
    """Stores an event, or `{"events":[…]}`. Answers `{"accepted":n}` when they are committed."""
    caller = await _identify_caller(request)
    caller.require("capture")
    ingest_rate_limit.check_rate_limit(caller.user_id)
    async_http.require_json(request)
    limits = settings.LIMITS
    body = await async_http.read_body(request, limit=limits["request_bytes"], inflated_limit=limits["inflated_bytes"])
    if len(body) > request_body.LARGE_BODY_BYTES:
        appended, rejected = await _store_in_parts(caller.user_id, partial(request_body.parse_ingest_in_parts, body))
    else:
        appended, rejected = await _store(caller.user_id, body)
    if report := request.headers.get(report_header.HEADER_NAME):
        machine_reports.note(caller.user_id, caller.token_id, report)
    await _respond(request, send, appended, rejected)


async def push_large(request: AsgiRequest, send: Send, body: bytes) -> bool:
    """Answers a large `POST /sync/push` that only adds events, like a large `POST /ingest`.

    Returns False for any other body: Django answers it.
    """
    caller = await _identify_caller(request)
    caller.require("capture")
    ingest_rate_limit.check_rate_limit(caller.user_id)
    loop = asyncio.get_running_loop()
    parts = await loop.run_in_executor(_parse_pool, request_body.parse_added_in_parts, body)
    if parts is None:
        return False
    await _respond(request, send, *await _store_in_parts(caller.user_id, lambda: parts))
    return True


async def _respond(request: AsgiRequest, send: Send, appended: Appended, rejected: list[Rejection]) -> None:
    measures.observer.count_events(accepted=appended.accepted, duplicates=appended.duplicates, rejected=len(rejected))
    await async_http.respond(request, send, request_body.format_response(appended, rejected))


async def _identify_caller(request: AsgiRequest) -> authentication.Caller:
    header = request.headers.get("authorization")
    client = request.headers.get("user-agent", "")
    if cached := authentication.cached_caller(header):
        return cached
    if token_id := authentication.find_token_id(header):
        return authentication.make_caller(token_id, await shared_loads.grants.load(token_id, client))
    return await async_http.run_in_thread(authentication.identify_caller, header, client=client)


async def _store(user_id: UUID, body: bytes) -> tuple[Appended, list[Rejection]]:
    batch = request_body.parse_ingest(body)
    draft = drafts.prepare_from_cache(user_id, batch.events)
    if draft is None and await writer.load_locations(user_id, batch.events):
        draft = drafts.prepare_from_cache(user_id, batch.events)
    if draft is None:
        draft = await async_http.run_in_thread(drafts.prepare, user_id, batch.events)
    ingest_rate_limit.charge(user_id, len(draft.rows) + len(batch.rejected))
    return (await writer.append(draft) if draft.rows else Appended(0, 0)), batch.rejected


async def _store_in_parts(user_id: UUID, parse: ParseParts) -> tuple[Appended, list[Rejection]]:
    """Stores the first events of a large body while a thread parses the next."""
    loop, appends = asyncio.get_running_loop(), list[asyncio.Task[Appended]]()

    def start(draft: Draft) -> None:
        ingest_rate_limit.charge(user_id, len(draft.rows))
        appends.append(loop.create_task(writer.append(draft)))

    def start_soon(draft: Draft) -> None:
        loop.call_soon_threadsafe(start, draft)

    try:
        rejected = await loop.run_in_executor(_parse_pool, _prepare_in_parts, user_id, parse, start_soon)
        ingest_rate_limit.charge(user_id, len(rejected))
        results = await asyncio.gather(*appends)
    finally:
        for append in appends:
            append.cancel()  # the tasks that still wait, if the request fails
    return Appended(sum(one.accepted for one in results), sum(one.duplicates for one in results)), rejected


def _prepare_in_parts(user_id: UUID, parse: ParseParts, start: Callable[[Draft], None]) -> list[Rejection]:
    """Calls `start` with a draft of each part, and returns the rejected events."""
    rejected = list[Rejection]()
    for batch in parse():
        rejected += batch.rejected
        if batch.events:
            start(async_http.call_with_fresh_connection(drafts.prepare, user_id, batch.events))
    return rejected
