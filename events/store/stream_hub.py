"""Notifies open streams that a user's log has grown. A lost notification delays a stream, it never loses an event:
the cursor is the truth, and a stream polls now and then.

Notifications always reach the streams of this process; with Redis those of the other processes, too. A message to them
costs as much as storing an event, so under load one message names all users of some milliseconds.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from events.store import live_channel
from events.store.direct_publisher import DirectPublisher

logger = logging.getLogger(__name__)

PUBLISH_INTERVAL_S = 0.02  # between two messages to the other processes
# The same while no other process listens: one that starts meanwhile is notified this much later.
ALONE_INTERVAL_S = 0.25
RECONNECT_PAUSE_S = 2.0  # seconds until the next attempt to connect to Redis
CANCEL_INTERVAL_S = 0.2  # seconds until a task that runs on is cancelled again
PING_INTERVAL_S = 5.0  # seconds without a message until Redis gets a ping


async def cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Ends these tasks. In Python 3.11 `asyncio.wait_for`, with which redis sends, may swallow a cancellation
    (python/cpython#86296): without another one the web process would never end.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_INTERVAL_S)


@lru_cache(maxsize=2)
def _direct_publisher(url: str) -> DirectPublisher:
    return DirectPublisher(url)


class StreamHub:
    """The open streams of this process, and the connection to those of other processes."""

    def __init__(self) -> None:
        self._subscribers: dict[UUID, set[asyncio.Event]] = {}
        # Called on the event loop for each notification, of whatever user.
        self.listeners: list[Callable[[], None]] = []
        # Called on the event loop for each notification by this process: the user, and whether an event is urgent.
        self.append_listeners: list[Callable[[UUID, bool], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread_id = 0  # of the loop's thread
        self._redis: Redis | None = None
        self._mark = live_channel.make_mark()
        self._unpublished: set[UUID] = set()
        self._is_publishing = False
        self._is_alone = False  # whether no other process got the last message
        self._tasks: set[asyncio.Task[None]] = set()
        # Whether notifications of other processes arrive here. If not, streams poll more often.
        self.is_connected = not settings.REDIS_URL

    def start(self) -> None:
        """Subscribes to Redis. Call it on the event loop that serves the streams."""
        self._loop, self._thread_id = asyncio.get_running_loop(), threading.get_ident()
        if settings.REDIS_URL:
            # One retry, since an idle connection may have broken. A Redis that does not answer counts as down.
            retry = Retry(NoBackoff(), 1)
            self._redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2, retry=retry)
            self._spawn(self._listen(self._redis))

    async def stop(self) -> None:
        await cancel_all(self._tasks)
        if self._redis:
            await self._publish_once(self._redis)
            await self._redis.aclose()

    @asynccontextmanager
    async def subscribe(self, user_id: UUID) -> AsyncIterator[asyncio.Event]:
        """Yields an event that is set whenever the log of this user has grown."""
        notification = asyncio.Event()
        subscribers = self._subscribers.setdefault(user_id, set())
        subscribers.add(notification)
        try:
            yield notification
        finally:
            subscribers.discard(notification)
            if not subscribers:
                self._subscribers.pop(user_id, None)

    def notify(self, user_id: UUID, *, is_urgent: bool = False) -> None:
        """Notifies the streams of this user, here and in the other processes. From any thread.

        It never waits in a process that serves streams; elsewhere for Redis, at most some seconds.
        """
        if self._loop and threading.get_ident() == self._thread_id:
            self._notify(user_id, is_urgent)
        elif self._loop and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._notify, user_id, is_urgent)
        elif settings.REDIS_URL:
            _direct_publisher(settings.REDIS_URL).publish(user_id)

    def _notify(self, user_id: UUID, is_urgent: bool) -> None:
        self._notify_here(user_id)
        for listener in self.append_listeners:
            listener(user_id, is_urgent)
        if self._redis:
            # One task publishes for all: while Redis does not answer, notifications must not accumulate.
            self._unpublished.add(user_id)
            if not self._is_publishing:
                self._is_publishing = True
                self._spawn(self._publish(self._redis))

    def _notify_here(self, user_id: UUID) -> None:
        for notification in self._subscribers.get(user_id, ()):
            notification.set()
        for listener in self.listeners:
            listener()

    async def _publish(self, redis: Redis) -> None:
        try:
            while self._unpublished:
                await self._publish_once(redis)
                await asyncio.sleep(ALONE_INTERVAL_S if self._is_alone else PUBLISH_INTERVAL_S)
        finally:
            self._is_publishing = False

    async def _publish_once(self, redis: Redis) -> None:
        """Publishes what waits. If that fails, the other processes poll."""
        users, self._unpublished = self._unpublished, set()
        if users:
            with suppress(RedisError, OSError):
                message = live_channel.encode_message(self._mark, users)
                # Without its own subscription, the only listener is another process.
                own_listeners = int(self.is_connected)
                self._is_alone = await redis.publish(live_channel.CHANNEL, message) <= own_listeners

    async def _listen(self, redis: Redis) -> None:
        while True:
            try:
                await self._listen_once(redis)
            except (RedisError, OSError) as error:
                if self.is_connected:
                    logger.warning("live: Redis is down (%s); streams poll", type(error).__name__)
                self.is_connected = False
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen_once(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(live_channel.CHANNEL, live_channel.EARLIER_CHANNEL)
            self.is_connected = True
            self._notify_all_here()
            while True:
                message = await channel.get_message(timeout=PING_INTERVAL_S)
                if message is None:
                    # Raises if Redis does not answer: a connection to a Redis that hangs is silent, not broken.
                    await redis.ping()
                else:
                    for user_id in live_channel.decode_message(message["data"], own_mark=self._mark):
                        self._notify_here(user_id)

    def _notify_all_here(self) -> None:
        # Notifications that were published while Redis was away are not repeated.
        for user_id in list(self._subscribers):
            self._notify_here(user_id)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


hub = StreamHub()
notify = hub.notify
