"""Runs the outbox of notices outside the request, in threads of the process that found them: a task for each would wait
in the queue. The task of each minute finds those that a killed process left.

An event that asks for something is projected at once, for users with a channel: a user who is away must not wait for
the next turn of the projection.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import connection, connections

from events.isolation.row_security import acting_for
from memory.models import Notice, NoticeDelivery, ProjectionState
from memory.notifications import notice_delivery, notice_mail, notice_outbox, notice_settings
from memory.notifications.notice_settings import now_us
from memory.projection import projector
from memory.projection.user_queue import projection_requests, worker_wake

logger = logging.getLogger(__name__)

LOG_DAYS = 30
THREADS = 4
PROJECT_TIMEOUT_S = 10.0
MAX_USERS_HERE = 8  # of one check, in a web process; workers check the others


def notice_changes(user_ids: Iterable[UUID]) -> None:
    """Checks for notices after new events of these users, if they have a channel. It may take some seconds."""
    rows = ProjectionState.objects.filter(user_id__in=list(user_ids), notices_due_us__isnull=False)
    for number, user_id in enumerate(list(rows.values_list("user_id", flat=True))):
        # A worker may start a second later, but there can be many workers.
        if number >= MAX_USERS_HERE and is_queued() and worker_wake.has_worker():
            with suppress(*projection_requests.REDIS_ERRORS):  # the user is in the queue, too
                projection_requests.send_request(user_id)
                worker_wake.wake_worker()
        else:
            look_for_notices(user_id)


def is_queued() -> bool:
    """Whether workers project users from a queue, and then check for notices (`memory.tasks`)."""
    return bool(settings.REDIS_URL) and connection.vendor == "postgresql"


def look_for_notices(user_id: UUID) -> None:
    """Projects the user's log, then updates the outbox and starts what is due."""
    if projector.catch_up(user_id, seconds=PROJECT_TIMEOUT_S):
        send_notices(user_id)


def send_notices(user_id: UUID) -> None:
    """Updates the outbox of a user whose log is projected, and starts what is due. Errors are logged, not raised."""
    try:
        for delivery_id in notice_outbox.update_notices(user_id):
            start_delivery(user_id, delivery_id)
    except Exception:
        logger.exception("The notices of a user failed; the scheduled task will retry them")


def send_due_notices() -> None:
    """Sends the messages of all users that became due by time: delayed and held notices, retries, digests."""
    due = ProjectionState.objects.filter(notices_due_us__lte=now_us()).order_by("notices_due_us")
    for user_id in due.values_list("user_id", flat=True):
        rules, channels = notice_settings.load_rules(user_id), notice_settings.list_channels(user_id)
        notice_mail.queue_due_digests(user_id, rules, [one for one in channels if one.enabled], now_us())
        look_for_notices(user_id)
        _delete_old(user_id)


def _delete_old(user_id: UUID) -> None:
    limit_us = now_us() - LOG_DAYS * notice_outbox.DAY_US
    with acting_for(user_id):
        NoticeDelivery.objects.for_user(user_id).filter(created_us__lt=limit_us).delete()
        Notice.objects.for_user(user_id).filter(ended_us__lt=limit_us).delete()


def start_delivery(user_id: UUID, delivery_id: UUID) -> None:
    """Sends a delivery soon, outside the caller. One that is started twice is sent once."""
    _threads().submit(_deliver_here, user_id, delivery_id)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="notice")


def _deliver_here(user_id: UUID, delivery_id: UUID) -> None:
    try:
        notice_delivery.deliver(user_id, delivery_id)
    except Exception:
        logger.exception("A notice failed; the scheduled task will retry it")
    finally:
        connections.close_all()
