"""`POST /ingest`: the fast door. Answers once the events are committed, many requests in one commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.conf import settings

from accounts import authentication
from events import intake, log, native, places, rate, shape
from events.native import Request, Send
from events.tables import Row
from events.writer import writer

INLINE_BYTES = 65_536  # a larger body is read off the event loop

_aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")


async def ingest(request: Request, send: Send) -> None:
    """Takes one event, or `{"events":[…]}`. Answers `{"accepted":n}` once they are committed."""
    caller = await _caller(request)
    caller.need("capture")
    rate.refuse_debtor(caller.user_id)
    native.require_json(request)
    limits = settings.LIMITS
    body = await native.body(request, limit=limits["request_bytes"], inflated=limits["inflated_bytes"])
    rows, rejected = await _read(caller.user_id, body)
    rate.charge(caller.user_id, len(rows) + len(rejected))
    appended = await writer.append(rows) if rows else log.Appended(0, 0)
    await native.respond(request, send, intake.answer(appended, rejected))


async def _caller(request: Request) -> authentication.Caller:
    header = request.headers.get("authorization")
    client = request.headers.get("user-agent", "")
    known = authentication.known(header)
    return known if known else await native.read(authentication.identify, header, client=client)


async def _read(user_id: UUID, body: bytes) -> tuple[list[Row], list[shape.Rejected]]:
    if len(body) > INLINE_BYTES:
        return await asyncio.get_running_loop().run_in_executor(_aside, _read_aside, user_id, body)
    batch, rejected = intake.read(user_id, body)
    if places.are_known((user_id, places.of(event)) for event in batch.events):
        return log.draft(batch), rejected
    return await native.read(log.draft, batch), rejected


def _read_aside(user_id: UUID, body: bytes) -> tuple[list[Row], list[shape.Rejected]]:
    batch, rejected = intake.read(user_id, body)
    return native.fresh(log.draft, batch), rejected
