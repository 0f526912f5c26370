"""Server-sent events: a user's log as it grows, from a cursor on, without loss.

`follow` is the loop behind every stream; `GET /api/events/stream` gives events as JSON, pages give them as rows.
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
from events.endpoints.async_http import Request, Send
from events.endpoints.shared_texts import Shared
from events.endpoints.stream_limits import check_room, open_stream
from events.endpoints.stream_reader import tail
from events.store import log, stream_hub
from events.wire import cursor, patterns
from events.wire.json_text import one_line

HEARTBEAT = 15.0  # seconds between signs of life
ALONE = 2.0  # seconds between looks while no word arrives from other processes
RECHECK = 30.0  # seconds between looks at whether the credential still holds
AT_ONCE = 200  # events in one piece
INLINE_CHARACTERS = 262_144  # more than these are written off the event loop

Render = Callable[[Sequence[log.Record]], Awaitable[str]]
Allowed = Callable[[], Awaitable[bool]]
_shared = Shared()


async def events(request: Request, send: Send) -> None:
    """`GET /api/events/stream`: from now on, or after `Last-Event-ID`."""
    header = request.headers.get("authorization")
    caller = await async_http.read(authentication.identify, header)
    caller.need("read")

    async def allowed() -> bool:
        try:
            return await async_http.read(authentication.identify, header) == caller
        except Problem:
            return False

    async def render(records: Sequence[log.Record]) -> str:
        return await as_events(caller.user_id, records)

    start = await place(request, caller.user_id)
    await follow(request, send, user_id=caller.user_id, start=start, render=render, allowed=allowed)


async def as_events(user_id: UUID, records: Sequence[log.Record]) -> str:
    """The messages of these records: made once, however many streams of their user tell of them."""
    key = (user_id, records[0].seq, records[-1].seq, len(records))
    return await _shared.get(key, lambda: _made(records, user_id))


async def _made(records: Sequence[log.Record], user_id: UUID) -> str:
    if sum(len(record.text) for record in records) > INLINE_CHARACTERS:
        return await asyncio.to_thread(_messages, records, user_id)
    return _messages(records, user_id)


def _messages(records: Sequence[log.Record], user_id: UUID) -> str:
    return "".join(_message(record, user_id) for record in records)


def _message(record: log.Record, user_id: UUID) -> str:
    if record.deleted:
        return message("deleted", json.dumps({"id": str(record.id)}), record.seq)
    return message("event", one_line(record.wire(user_id)), record.seq)


def message(name: str, data: str, seq: int) -> str:
    """One message of the stream; its id is where a reader goes on from."""
    # Not `splitlines`: the line ends of the protocol are fewer than Unicode's, and U+2028 may stand in a string.
    lines = "".join(f"data: {line}\n" for line in patterns.LINE_END.split(data))
    return f"id: {cursor.encode(seq)}\nevent: {name}\n{lines}\n"


def silence(seq: int) -> str:
    """A reader's place without a message."""
    return f"id: {cursor.encode(seq)}\n\n"


async def place(request: Request, user_id: UUID) -> int:
    """Where to begin: after `Last-Event-ID`, else after `?cursor=`, else now.

    Raises Problem `invalid_input`, or `rate_limited` before anything is read for a stream too many.
    """
    check_room(request, user_id)
    asked = parse_qs(request.scope["query_string"].decode("latin-1")).get("cursor", [""])[0]
    resumed = request.headers.get("last-event-id", asked)
    return cursor.decode(resumed) if resumed else await async_http.read(log.head, user_id)


async def follow(request: Request, send: Send, *, user_id: UUID, start: int, render: Render, allowed: Allowed) -> None:
    """Sends what comes after `start`, until the client leaves, the process ends or `allowed` says no.

    Raises Problem `rate_limited` where too many streams are open.
    """
    with open_stream(request, user_id):
        await _follow(request, send, user_id=user_id, start=start, render=render, allowed=allowed)


async def _follow(request: Request, send: Send, *, user_id: UUID, start: int, render: Render, allowed: Allowed) -> None:
    opening = [*async_http.head(request, "text/event-stream"), (b"x-accel-buffering", b"no")]
    await async_http.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    async with stream_hub.hub.bell(user_id) as bell, _ending(request, bell) as ended:
        following = _Following(send, user_id, start, render)
        checked = _now()
        await following.say(": welcome\n\n")
        while not ended.is_set():
            bell.clear()
            await following.catch_up()
            if _now() - checked > RECHECK:
                checked = _now()
                if not await allowed():
                    break
            if not ended.is_set() and not await _rings(bell):
                await following.beat()
    await async_http.within(send, {"type": "http.response.body", "body": b""})


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _rings(bell: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT if stream_hub.hub.connected else ALONE):
            return await bell.wait()
    except TimeoutError:
        return False


Place = tuple[UUID, int]
_begun: dict[Place, asyncio.Task[list[log.Record]]] = {}
_next: dict[Place, asyncio.Task[list[log.Record]]] = {}


async def _after(user_id: UUID, at: int) -> list[log.Record]:
    """What comes after a number, read once for all streams of a user that stand there.

    By a reading that begins from now on: one under way may have missed what the bell just rang for.
    """
    place = (user_id, at)
    if place not in _next:
        _next[place] = asyncio.create_task(_read(place))
    return await asyncio.shield(_next[place])


async def _read(place: Place) -> list[log.Record]:
    while place in _begun:
        await asyncio.wait([_begun[place]])
    _begun[place] = _next.pop(place)
    try:
        return await tail.after(*place, limit=AT_ONCE)
    finally:
        del _begun[place]


class _Following:
    """One reader's way along a log."""

    def __init__(self, send: Send, user_id: UUID, start: int, render: Render) -> None:
        self.send, self.user_id, self.at, self.render = send, user_id, start, render
        self.said = _now()

    async def catch_up(self) -> None:
        more = True
        while more:
            records = await _after(self.user_id, self.at)
            if records:
                await self.say(await self.render(records))
                self.at = records[-1].seq
            more = len(records) == AT_ONCE

    async def beat(self) -> None:
        if _now() - self.said >= HEARTBEAT - 1:
            await self.say(": still here\n\n")

    async def say(self, text: str) -> None:
        await async_http.within(self.send, {"type": "http.response.body", "body": text.encode(), "more_body": True})
        self.said = _now()


class _ending:
    """Within it, an event that is set when the client leaves or the process is told to end; the bell rings then."""

    open: set["_ending"] = set()

    def __init__(self, request: Request, bell: asyncio.Event) -> None:
        self.request, self.bell, self.ended = request, bell, asyncio.Event()

    async def __aenter__(self) -> asyncio.Event:
        _hear_signals()
        self.open.add(self)
        self.watch = asyncio.create_task(self._wait_for_client())
        return self.ended

    async def __aexit__(self, *error: Any) -> None:
        self.open.discard(self)
        self.watch.cancel()
        with suppress(asyncio.CancelledError):
            await self.watch

    async def _wait_for_client(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self.end()

    def end(self) -> None:
        self.ended.set()
        self.bell.set()


_heard: set[int] = set()


def _hear_signals() -> None:
    """Open streams would hold the server at its shutdown, so they end when it is told to.

    The handler is added in front of the server's own. A server that uses the event loop's handlers is told
    through the loop's wake-up descriptor and needs no passing on.
    """
    loop = asyncio.get_running_loop()
    for number in {signal.SIGTERM, signal.SIGINT} - _heard:
        before = signal.getsignal(number)

        def heard(signum: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(_end_all)
            if callable(before):
                before(signum, frame)

        signal.signal(number, heard)
        _heard.add(number)


def _end_all() -> None:
    for stream in list(_ending.open):
        stream.end()
