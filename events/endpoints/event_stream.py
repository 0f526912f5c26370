"""Server-sent events: streams the new events of a user's log after a cursor, without loss.

`follow_log` is the loop of every stream. `GET /api/events/stream` sends events as JSON; pages send them as HTML rows.
"""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from accounts.api_base.problem import Problem
from accounts.credentials import authentication
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.shared_texts import SharedTextCache
from events.endpoints.stream_limits import check_stream_limits, open_stream
from events.endpoints.stream_reader import tail_reader
from events.store import log, stream_hub
from events.wire import cursor, patterns
from events.wire.json_text import compact_json

HEARTBEAT_INTERVAL_S = 15.0
POLL_INTERVAL_S = 2.0  # between reads while the stream hub gets no notifications from other processes
RECHECK_INTERVAL_S = 30.0  # between checks whether the credential is still valid
EVENT_BATCH_SIZE = 200  # events per read
MAX_INLINE_CHARS = 262_144  # larger batches are formatted off the event loop

RenderRecords = Callable[[Sequence[log.Record]], Awaitable[str]]
AccessCheck = Callable[[], Awaitable[bool]]
_message_cache = SharedTextCache()


async def stream_events(request: AsgiRequest, send: Send) -> None:
    """`GET /api/events/stream`: streams the events after `Last-Event-ID` or `?cursor=`, by default from now on."""
    header = request.headers.get("authorization")
    caller = await async_http.run_in_thread(authentication.identify_caller, header)
    caller.require("read")

    async def is_allowed() -> bool:
        try:
            return await async_http.run_in_thread(authentication.identify_caller, header) == caller
        except Problem:
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
    async with stream_hub.hub.subscribe(user_id) as notification, _EndWatcher(request, notification) as ended:
        follower = _LogFollower(send, user_id, start, render)
        checked_at = _now()
        await follower.send_text(": welcome\n\n")
        while not ended.is_set():
            notification.clear()
            await follower.catch_up()
            if _now() - checked_at > RECHECK_INTERVAL_S:
                checked_at = _now()
                if not await is_allowed():
                    break
            if not ended.is_set() and not await _wait_for_notification(notification):
                await follower.send_heartbeat()
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": b""})


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait_for_notification(notification: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT_INTERVAL_S if stream_hub.hub.is_connected else POLL_INTERVAL_S):
            return await notification.wait()
    except TimeoutError:
        return False


StreamPosition = tuple[UUID, int]
_running_reads: dict[StreamPosition, asyncio.Task[list[log.Record]]] = {}
_pending_reads: dict[StreamPosition, asyncio.Task[list[log.Record]]] = {}


async def _load_after(user_id: UUID, at: int) -> list[log.Record]:
    """Loads the events after a number, once for all streams of a user at the same position.

    The result comes from a read that starts after this call: a running read may have missed the commit of the last
    notification.
    """
    position = (user_id, at)
    if position not in _pending_reads:
        _pending_reads[position] = asyncio.create_task(_run_read(position))
    return await asyncio.shield(_pending_reads[position])


async def _run_read(position: StreamPosition) -> list[log.Record]:
    while position in _running_reads:
        await asyncio.wait([_running_reads[position]])
    _running_reads[position] = _pending_reads.pop(position)
    try:
        return await tail_reader.load_after(*position, limit=EVENT_BATCH_SIZE)
    finally:
        del _running_reads[position]


class _LogFollower:
    """Sends the log to one client, batch by batch."""

    def __init__(self, send: Send, user_id: UUID, start: int, render: RenderRecords) -> None:
        self.send, self.user_id, self.at, self.render = send, user_id, start, render
        self.last_sent_at = _now()

    async def catch_up(self) -> None:
        more = True
        while more:
            records = await _load_after(self.user_id, self.at)
            if records:
                await self.send_text(await self.render(records))
                self.at = records[-1].seq
            more = len(records) == EVENT_BATCH_SIZE

    async def send_heartbeat(self) -> None:
        if _now() - self.last_sent_at >= HEARTBEAT_INTERVAL_S - 1:
            await self.send_text(": still here\n\n")

    async def send_text(self, text: str) -> None:
        await async_http.send_with_timeout(
            self.send, {"type": "http.response.body", "body": text.encode(), "more_body": True}
        )
        self.last_sent_at = _now()


class _EndWatcher:
    """Context manager with an event that is set when the client disconnects or the process is asked to end.

    `end` also sets `notification`, so that the stream does not wait any longer.
    """

    open_watchers: set["_EndWatcher"] = set()
    is_process_ending = False

    def __init__(self, request: AsgiRequest, notification: asyncio.Event) -> None:
        self.request, self.notification, self.ended = request, notification, asyncio.Event()

    async def __aenter__(self) -> asyncio.Event:
        install_signal_handlers()
        self.open_watchers.add(self)
        self.client_watcher = asyncio.create_task(self._wait_for_client())
        if self.is_process_ending:
            self.end()
        return self.ended

    async def __aexit__(self, *error: Any) -> None:
        self.open_watchers.discard(self)
        self.client_watcher.cancel()
        with suppress(asyncio.CancelledError):
            await self.client_watcher

    async def _wait_for_client(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self.end()

    def end(self) -> None:
        self.ended.set()
        self.notification.set()


_handled_signals: set[int] = set()


def install_signal_handlers() -> None:
    """Ends open streams at SIGTERM and SIGINT, and later ones at once: they would delay the server's shutdown.

    The handler runs before the server's own and then calls it. A server that uses the event loop's signal handlers
    is notified by the loop's wake-up descriptor and needs no call.
    """
    loop = asyncio.get_running_loop()
    for signal_number in {signal.SIGTERM, signal.SIGINT} - _handled_signals:
        previous_handler = signal.getsignal(signal_number)

        def handle_signal(signum: int, frame: FrameType | None, previous: Any = previous_handler) -> None:
            loop.call_soon_threadsafe(_end_all_streams)
            if callable(previous):
                previous(signum, frame)

        signal.signal(signal_number, handle_signal)
        _handled_signals.add(signal_number)


def _end_all_streams() -> None:
    _EndWatcher.is_process_ending = True
    for stream in list(_EndWatcher.open_watchers):
        stream.end()
