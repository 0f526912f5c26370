"""Wakes a worker for the queue of the projection: one waiting message for all users, not one for each event."""

import logging
from contextlib import suppress
from functools import cache

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# The Celery queue of the projection: its own, so that other tasks and the projection do not wait for each other.
QUEUE = "projection"
TASK = "memory.tasks.project_waiting_users"
TASKS = (TASK, "memory.tasks.project_new_events", "memory.tasks.refresh_totals")
MESSAGE_TIMEOUT_S = 10  # an older message has no use: the next one does the same work
SOCKET_TIMEOUT_S = 2.0
# ValueError: see `memory.projection.user_queue.projection_requests`.
REDIS_ERRORS = (RedisError, OSError, ValueError)
# A worker records its presence whenever it reads the queue, which is at least once a minute.
PRESENCE_KEY, PRESENCE_S = "memfog:projection:worker", 150
# Messages of the queue that are read, the newest first: it grows while no worker reads it.
MAX_READ_MESSAGES = 20


def wake_worker() -> None:
    """Sends a message unless one waits already: one message is enough for all users. Does nothing without Redis.

    Messages of other tasks in the queue do not count.

    A lost message delays the projection until the next event, or until the task of each minute.
    """
    if not settings.REDIS_URL:
        return
    try:
        waiting = _connect(settings.CELERY_BROKER_URL).lrange(QUEUE, 0, MAX_READ_MESSAGES - 1)
        if not any(TASK.encode() in message for message in waiting):
            current_app.send_task(TASK, queue=QUEUE, expires=MESSAGE_TIMEOUT_S, retry=False)
    except (*REDIS_ERRORS, KombuError) as error:
        logger.info("no worker was woken: %s", type(error).__name__)


def has_worker() -> bool:
    """Whether a worker has read the queue lately. False without Redis."""
    if not settings.REDIS_URL:
        return False
    try:
        return bool(_connect(settings.CELERY_BROKER_URL).exists(PRESENCE_KEY))
    except REDIS_ERRORS:
        return False


def show_presence() -> None:
    """Lets readers know that there is a worker."""
    with suppress(*REDIS_ERRORS):
        _connect(settings.CELERY_BROKER_URL).set(PRESENCE_KEY, 1, ex=PRESENCE_S)


@cache
def _connect(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=SOCKET_TIMEOUT_S, socket_connect_timeout=SOCKET_TIMEOUT_S)
