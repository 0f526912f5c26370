"""Periodic tasks: project new events, request LLM summaries, apply retention. They run in Celery if there is a broker,
else in a thread of the server.
"""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings
from django.db import connection
from kombu.exceptions import KombuError

from events.retention import retention_policy, vacuum
from memory.deletion import session_retention
from memory.llm import llm_summaries
from memory.notifications import notice_worker
from memory.projection import index_cleanup, projector, queue_worker, repricing, rollups, totals_queue
from memory.projection.user_queue import projection_queue, worker_wake

logger = logging.getLogger(__name__)

TASK_TIMEOUT_S = 30.0  # for all users of one run
# A worker that does such a run at once would project nothing meanwhile, and all new events would wait for it.
SLICE_S = 1.0
# In seconds since 1970. Not an argument: a worker of the previous release would refuse it.
UNTIL_HEADER = "memfog_until"
QUEUE_TIMEOUT_S = 5.0  # for the users whom one message of the queue stands for
BATCH_PAUSE_S = 0.1
INDEX_CLEANUP_TIMEOUT_S = 5.0
HOUR_US = 3_600_000_000


@shared_task
def project_waiting_users() -> None:
    """Projects the users in the queue. A message of `worker_wake` starts it soon after events arrived.

    It ends after some seconds, so that other tasks of this worker get their turn, and leaves a message for the worker
    that continues. While it finds users, it wakes the next worker: all of them work if there is enough to do.
    """
    queue_worker.project_waiting_users(
        seconds=QUEUE_TIMEOUT_S, wake=worker_wake.wake_worker, on_projected=notice_worker.send_notices
    )


@shared_task
def project_new_events() -> None:
    """Projects new events of all users, once a minute; also callable as a plain function.

    Where arriving events wake a worker, this task only finds users whom the worker missed.
    """
    if _has_queue():
        projection_queue.enqueue_overlooked(projector.VERSION)
        worker_wake.wake_worker()
        return
    deadline = time.monotonic() + TASK_TIMEOUT_S
    for user_id in find_users_behind():
        if time.monotonic() > deadline:
            return
        if projector.catch_up(user_id, seconds=projector.TASK_TIMEOUT_S, on_progress=_pause_between_batches):
            rollups.refresh_totals(user_id, seconds=projector.TASK_TIMEOUT_S)


@shared_task(bind=True)
def refresh_totals(self: "Task[..., None]") -> None:
    """Refreshes outdated totals for the insights, once a minute. Elsewhere `project_new_events` does it."""
    if _has_queue():
        _run_in_slices(self, totals_queue.refresh_outdated_totals)


@shared_task(bind=True)
def reprice_usage(self: "Task[..., None]") -> None:
    """Computes costs again that were computed by earlier prices, for all users, once a minute."""
    _run_in_slices(self, _reprice_users)


def _reprice_users(deadline: float) -> bool:
    for user_id in repricing.find_outdated_users():
        if not repricing.reprice(user_id, seconds=deadline - time.monotonic(), pause=_pause):
            return False  # totals of days whose costs still change would be computed again and again
        rollups.refresh_totals(user_id, seconds=projector.TASK_TIMEOUT_S)
        if time.monotonic() > deadline:
            return False
    return True


def _run_in_slices(task: "Task[..., None]", work: Callable[[float], bool]) -> None:
    """Runs `work` until it has nothing left to do, for up to `TASK_TIMEOUT_S`.

    `work` gets a deadline, in seconds of the monotonic clock, and returns False if it was too early. A worker then
    continues with another message, behind those that wait; without Redis, the next run of the schedule continues.
    """
    if not settings.REDIS_URL or task.request.called_directly:
        work(time.monotonic() + TASK_TIMEOUT_S)
        return
    until = float((task.request.headers or {}).get(UNTIL_HEADER) or time.time() + TASK_TIMEOUT_S)
    if not work(time.monotonic() + SLICE_S) and time.time() < until:
        try:
            task.apply_async(headers={UNTIL_HEADER: str(until)}, expires=TASK_TIMEOUT_S, retry=False)
        except (*worker_wake.REDIS_ERRORS, KombuError) as error:
            logger.info("a task was not continued: %s", type(error).__name__)


def _has_queue() -> bool:
    """Whether workers take users from the queue of the projection; else the schedule projects them in turn."""
    return bool(settings.REDIS_URL) and connection.vendor == "postgresql"


@shared_task
def write_llm_summaries() -> None:
    """Requests the due LLM summaries of all users. Runs once a minute; also callable as a plain function."""
    deadline = time.monotonic() + TASK_TIMEOUT_S
    for user_id, session_id in llm_summaries.find_due_sessions():
        if settings.REDIS_URL:
            write_llm_summary.delay(str(user_id), session_id)
        elif time.monotonic() < deadline:
            write_llm_summary(str(user_id), session_id)


@shared_task(expires=60)
def write_llm_summary(user_id: str, session_id: str) -> None:
    llm_summaries.summarize_with_llm(UUID(user_id), session_id)


def _pause_between_batches(cursor: int) -> None:
    _pause()


def _pause() -> None:
    # Without a worker this process serves requests, too. And on SQLite a waiting writer retries the lock at most ten
    # times a second.
    if not settings.REDIS_URL:
        time.sleep(BATCH_PAUSE_S)


@shared_task
def send_due_notices() -> None:
    """Sends notices that became due by time, retries, and digests, once a minute; also callable as a plain function."""
    notice_worker.send_due_notices()


@shared_task(bind=True)
def apply_retention(self: "Task[..., None]") -> None:
    """Applies the retention policy of each user, once an hour per user; also callable as a plain function."""
    _run_in_slices(self, _apply_retention)


def _apply_retention(deadline: float) -> bool:
    for user_id in retention_policy.list_due_users(_now_us() - HOUR_US):
        _apply_retention_to_user(user_id, deadline)
        if time.monotonic() > deadline:
            return False
    vacuum.free_pages(seconds=deadline - time.monotonic())
    return True


def _apply_retention_to_user(user_id: UUID, deadline: float) -> None:
    now_us = _now_us()
    # Retention needs the last event and the pins of each session, so all events must be projected first.
    if not projector.catch_up(user_id, seconds=projector.TASK_TIMEOUT_S, on_progress=_pause_between_batches):
        return
    # Before the first deletion the whole log is read, which may take longer than a slice.
    timeout_s = max(deadline - time.monotonic(), SLICE_S)
    rule = retention_policy.load_limits(user_id)
    removed, is_complete = session_retention.apply_retention(
        user_id, rule, now_us=now_us, seconds=timeout_s, pause=lambda: time.sleep(BATCH_PAUSE_S)
    )
    if removed.events:
        index_cleanup.merge_index_pages(seconds=INDEX_CLEANUP_TIMEOUT_S)
    # Not by the time: the user would stay the first who is due, and no other user would get a turn.
    if is_complete:
        retention_policy.mark_applied(user_id, now_us)


def _now_us() -> int:
    return time.time_ns() // 1_000


def find_users_behind() -> list[UUID]:
    """Lists the users whose log has events to project, or whose projection is incomplete; who waits longest first."""
    return list(projection_queue.find_streams_behind(projector.VERSION).values_list("user_id", flat=True))
