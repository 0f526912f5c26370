"""`POST /ingest`: the fast door. Answers once the events are committed, many requests in one commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.conf import settings

from accounts.credentials import authentication
from events.endpoints import async_http, ingest_rate_limit, request_body
from events.endpoints.async_http import Request, Send
from events.endpoints.group_commit import writer
from events.store import locations, log
from events.store.append_rows import Row
from events.wire import batch_parser

_aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")


async def ingest(request: Request, send: Send) -> None:
    """Takes one event, or `{"events":[…]}`. Answers `{"accepted":n}` once they are committed."""
    caller = await _caller(request)
    caller.need("capture")
    ingest_rate_limit.refuse_debtor(caller.user_id)
    async_http.require_json(request)
    limits = settings.LIMITS
    body = await async_http.body(request, limit=limits["request_bytes"], inflated=limits["inflated_bytes"])
    rows, rejected = await _read(caller.user_id, body)
    ingest_rate_limit.charge(caller.user_id, len(rows) + len(rejected))
    appended = await writer.append(rows) if rows else log.Appended(0, 0)
    await async_http.respond(request, send, request_body.answer(appended, rejected))


async def _caller(request: Request) -> authentication.Caller:
    header = request.headers.get("authorization")
    client = request.headers.get("user-agent", "")
    known = authentication.known(header)
    return known if known else await async_http.read(authentication.identify, header, client=client)


async def _read(user_id: UUID, body: bytes) -> tuple[list[Row], list[batch_parser.Rejected]]:
    if len(body) > request_body.LARGE:
        return await asyncio.get_running_loop().run_in_executor(_aside, _read_aside, user_id, body)
    batch, rejected = request_body.read(user_id, body)
    if locations.are_known((user_id, locations.of(event)) for event in batch.events):
        return log.draft(batch), rejected
    return await async_http.read(log.draft, batch), rejected


def _read_aside(user_id: UUID, body: bytes) -> tuple[list[Row], list[batch_parser.Rejected]]:
    batch, rejected = request_body.read(user_id, body)
    return async_http.fresh(log.draft, batch), rejected
