"""Server-sent events: streams the new events of a user's log after a cursor, without loss.

`follow_log` is the loop of every stream. `GET /api/events/stream` sends events as JSON; pages send them as HTML rows.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import parse_qs
from uuid import UUID

from accounts.api_base.problem import Problem
from accounts.credentials import authentication
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.log_follower import (
    HEARTBEAT_INTERVAL_S,
    POLL_INTERVAL_S,
    AccessCheck,
    LogFollower,
    RenderRecords,
)
from events.endpoints.shared_texts import SharedTextCache
from events.endpoints.stream_end import EndWatcher, StreamEnded
from events.endpoints.stream_limits import check_stream_limits, open_stream
from events.store import log, stream_hub
from events.wire import cursor, patterns
from events.wire.json_text import compact_json

MAX_INLINE_CHARS = 262_144  # larger batches are formatted off the event loop

_message_cache = SharedTextCache()


async def stream_events(request: AsgiRequest, send: Send) -> None:
    """`GET /api/events/stream`: streams the events after `Last-Event-ID` or `?cursor=`, by default from now on."""
    header = request.headers.get("authorization")
    caller = await async_http.run_in_thread(authentication.identify_caller, header)
    caller.require("read")

    async def is_allowed() -> bool:
        try:
            return await async_http.run_in_thread(authentication.identify_caller, header) == caller
        except Problem as refusal:
            if refusal.code == "unavailable":
                raise
            return False

    async def render(records: Sequence[log.Record]) -> str:
        return await render_messages(caller.user_id, records)

    start = await find_start(request, caller.user_id)
    await follow_log(request, send, user_id=caller.user_id, start=start, render=render, is_allowed=is_allowed)


async def render_messages(user_id: UUID, records: Sequence[log.Record]) -> str:
    """Formats the messages of records, once for all streams of their user."""
    key = (user_id, records[0].seq, records[-1].seq, len(records))
    return await _message_cache.get(key, lambda: _render_messages(records, user_id))


async def _render_messages(records: Sequence[log.Record], user_id: UUID) -> str:
    if sum(len(record.text) for record in records) > MAX_INLINE_CHARS:
        return await asyncio.to_thread(_format_messages, records, user_id)
    return _format_messages(records, user_id)


def _format_messages(records: Sequence[log.Record], user_id: UUID) -> str:
    return "".join(_format_record(record, user_id) for record in records)


def _format_record(record: log.Record, user_id: UUID) -> str:
    if record.is_deleted:
        return format_message("deleted", json.dumps({"id": str(record.id)}), record.seq)
    return format_message("event", compact_json(record.to_wire(user_id)), record.seq)


def format_message(name: str, data: str, seq: int) -> str:
    """Formats one message of the stream; its id is the cursor from which a reader continues."""
    # Not `splitlines`: it also splits at U+2028, which may occur in a JSON string and is no line end of the protocol.
    lines = "".join(f"data: {line}\n" for line in patterns.LINE_END.split(data))
    return f"id: {cursor.encode(seq)}\nevent: {name}\n{lines}\n"


def format_position(seq: int) -> str:
    """Formats a cursor without a message."""
    return f"id: {cursor.encode(seq)}\n\n"


async def find_start(request: AsgiRequest, user_id: UUID) -> int:
    """Finds the number after which a stream starts: `Last-Event-ID`, else `?cursor=`, else the log's head.

    Raises Problem `invalid_input` for a bad cursor, or `rate_limited` if too many streams are open; the database is
    not read before that check.
    """
    check_stream_limits(request, user_id)
    cursor_param = parse_qs(request.scope["query_string"].decode("latin-1")).get("cursor", [""])[0]
    start_cursor = request.headers.get("last-event-id", cursor_param)
    return cursor.decode(start_cursor) if start_cursor else await async_http.run_in_thread(log.load_head, user_id)


async def follow_log(
    request: AsgiRequest, send: Send, *, user_id: UUID, start: int, render: RenderRecords, is_allowed: AccessCheck
) -> None:
    """Sends the events after `start` until the client leaves, the process ends or `is_allowed` returns False.

    Raises Problem `rate_limited` if too many streams are open.
    """
    with open_stream(request, user_id):
        await _follow_log(request, send, user_id=user_id, start=start, render=render, is_allowed=is_allowed)


async def _follow_log(
    request: AsgiRequest, send: Send, *, user_id: UUID, start: int, render: RenderRecords, is_allowed: AccessCheck
) -> None:
    headers = [*async_http.response_headers(request, "text/event-stream"), (b"x-accel-buffering", b"no")]
    await async_http.send_with_timeout(send, {"type": "http.response.start", "status": 200, "headers": headers})
    async with stream_hub.hub.subscribe(user_id) as notification, EndWatcher(request, notification) as end:
        follower = LogFollower(send, user_id, start, render, end)
        with suppress(StreamEnded):
            await follower.send_text(": welcome\n\n")
            while await follower.is_still_allowed(is_allowed):
                notification.clear()
                await follower.catch_up()
                if not end.done() and not await _wait_for_notification(notification):
                    await follower.send_heartbeat()
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": b""})


async def _wait_for_notification(notification: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT_INTERVAL_S if stream_hub.hub.is_connected else POLL_INTERVAL_S):
            return await notification.wait()
    except TimeoutError:
        return False
