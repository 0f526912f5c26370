"""Notifications from a process that serves no streams: a Celery worker, a management command, the page process."""

import time
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from events.store import live_channel

RETRY_PAUSE_S = 5.0  # until the next attempt after Redis failed: notifications only speed streams up
SOCKET_TIMEOUT_S = 2.0


class DirectPublisher:
    """Publishes to the web processes by a connection of its own, and gives up at once while Redis is away."""

    def __init__(self, url: str) -> None:
        # One retry, since an idle connection may have broken.
        options = {"socket_connect_timeout": SOCKET_TIMEOUT_S, "socket_timeout": SOCKET_TIMEOUT_S}
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 1), **options)
        self._next_try = 0.0

    def publish(self, user_id: UUID) -> None:
        if time.monotonic() < self._next_try:
            return
        try:
            message = live_channel.encode_message(live_channel.NO_MARK, [user_id])
            self._redis.publish(live_channel.CHANNEL, message)
        except (RedisError, OSError):
            self._next_try = time.monotonic() + RETRY_PAUSE_S
