"""Requests of readers to the workers, by Redis: "project this user now". A worker says when it starts and when it ends.

A reader waits for these messages instead of polling the database: each poll costs a busy server two statements.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

SOCKET_TIMEOUT_S = 2.0
# redis-py raises ValueError if a connection times out while it is opened: it looks into the buffer that it has closed.
REDIS_ERRORS = (RedisError, OSError, ValueError)
# The list of the users for whom a reader waits: workers take them first.
REQUESTS_KEY = "memfog:projection:requests"
REPLY_KEY_START = "memfog:projection:reply:"
# A reader has given up by then.
REQUEST_S = 5.0
WAIT_S = 0.25  # between two checks whether the reader itself is still waited for


class ProjectionRequest(NamedTuple):
    user_id: UUID
    reply_key: str


def send_request(user_id: UUID) -> ProjectionRequest:
    """Asks the workers to project this user before others. Raises one of `REDIS_ERRORS`."""
    request = ProjectionRequest(user_id, f"{REPLY_KEY_START}{uuid4().hex}")
    text = json.dumps([str(user_id), request.reply_key, time.time()])
    with _connect(settings.CELERY_BROKER_URL).pipeline(transaction=False) as pipe:
        pipe.rpush(REQUESTS_KEY, text)
        pipe.expire(REQUESTS_KEY, int(REQUEST_S))
        pipe.execute()
    return request


def await_projection(request: ProjectionRequest, *, start_s: float, end_s: float, check: Callable[[], None]) -> bool:
    """Waits until a worker has projected the user; returns False if none started or ended in time.

    `start_s` and `end_s` are seconds from now. Calls `check` now and then. Raises what it raises, and `REDIS_ERRORS`.
    """
    now = time.monotonic()
    redis, ends = _connect(settings.CELERY_BROKER_URL), (now + min(start_s, end_s), now + end_s)
    return all(_await_word(redis, request.reply_key, end, check) for end in ends)


def _await_word(redis: Redis, key: str, end: float, check: Callable[[], None]) -> bool:
    while (left_s := end - time.monotonic()) > 0:
        if redis.blpop([key], timeout=max(0.01, min(left_s, WAIT_S))):
            return True
        check()
    return False


def take_request() -> ProjectionRequest | None:
    """Takes the oldest request whose reader still waits, and notifies the reader; returns None if there is none."""
    redis = _connect(settings.CELERY_BROKER_URL)
    with suppress(*REDIS_ERRORS):
        while isinstance(text := redis.lpop(REQUESTS_KEY), bytes):
            user_id, reply_key, sent_at = json.loads(text)
            if time.time() - sent_at < REQUEST_S:
                request = ProjectionRequest(UUID(user_id), reply_key)
                _reply(request)
                return request
    return None


def end_request(request: ProjectionRequest) -> None:
    """Notifies the reader that the worker has done what it could."""
    with suppress(*REDIS_ERRORS):
        _reply(request)


def _reply(request: ProjectionRequest) -> None:
    with _connect(settings.CELERY_BROKER_URL).pipeline(transaction=False) as pipe:
        pipe.rpush(request.reply_key, b"1")
        pipe.expire(request.reply_key, int(REQUEST_S))
        pipe.execute()


@cache
def _connect(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=SOCKET_TIMEOUT_S, socket_connect_timeout=SOCKET_TIMEOUT_S)
