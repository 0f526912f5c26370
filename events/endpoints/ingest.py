"""`POST /ingest`. Answers when the events are committed; concurrent requests share a commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.conf import settings

from accounts.credentials import authentication
from events import measures
from events.endpoints import async_http, ingest_rate_limit, request_body
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.grant_batches import batches
from events.endpoints.group_commit import writer
from events.store import drafts, log
from events.store.drafts import Draft
from events.wire import batch_parser

_parse_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")


async def ingest(request: AsgiRequest, send: Send) -> None:
    """Stores an event, or `{"events":[…]}`. Answers `{"accepted":n}` when they are committed."""
    caller = await _identify_caller(request)
    caller.require("capture")
    ingest_rate_limit.check_rate_limit(caller.user_id)
    async_http.require_json(request)
    limits = settings.LIMITS
    body = await async_http.read_body(request, limit=limits["request_bytes"], inflated_limit=limits["inflated_bytes"])
    draft, rejected = await _prepare(caller.user_id, body)
    ingest_rate_limit.charge(caller.user_id, len(draft.rows) + len(rejected))
    appended = await writer.append(draft) if draft.rows else log.Appended(0, 0)
    measures.observer.count_events(accepted=appended.accepted, duplicates=appended.duplicates, rejected=len(rejected))
    await async_http.respond(request, send, request_body.format_response(appended, rejected))


async def _identify_caller(request: AsgiRequest) -> authentication.Caller:
    header = request.headers.get("authorization")
    client = request.headers.get("user-agent", "")
    if cached := authentication.cached_caller(header):
        return cached
    if token_id := authentication.find_token_id(header):
        return authentication.make_caller(token_id, await batches.load(token_id, client=client))
    return await async_http.run_in_thread(authentication.identify_caller, header, client=client)


async def _prepare(user_id: UUID, body: bytes) -> tuple[Draft, list[batch_parser.Rejection]]:
    if len(body) > request_body.LARGE_BODY_BYTES:
        return await asyncio.get_running_loop().run_in_executor(_parse_pool, _prepare_in_thread, user_id, body)
    batch = request_body.parse_ingest(body)
    draft = drafts.prepare_from_cache(user_id, batch.events)
    if draft is None:
        draft = await async_http.run_in_thread(drafts.prepare, user_id, batch.events)
    return draft, batch.rejected


def _prepare_in_thread(user_id: UUID, body: bytes) -> tuple[Draft, list[batch_parser.Rejection]]:
    batch = request_body.parse_ingest(body)
    return async_http.call_with_fresh_connection(drafts.prepare, user_id, batch.events), batch.rejected
