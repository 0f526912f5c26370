"""Reads on in the logs by itself, so that a reader need not: with a broker in Celery, else in the clock's thread."""

import time
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from events.models import Stream
from events.retention import retention_policy, vacuum
from memory.deletion import session_retention
from memory.llm import llm_summaries
from memory.models import Progress
from memory.projection import index_cleanup, projector, rollups

SWEEP_SECONDS, USER_SECONDS = 30.0, 5.0
BREATH = 0.1  # seconds after each slice
SCRUB_SECONDS = 5.0
HOUR_US = 3_600_000_000


@shared_task
def sweep() -> None:
    """Reads on for whoever is behind, those with the least to read first. Once a minute; also a plain function."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id in behind():
        if time.monotonic() > until:
            return
        if projector.catch_up(user_id, seconds=USER_SECONDS, told=_make_room):
            rollups.sum_up(user_id, seconds=USER_SECONDS)


@shared_task
def retell() -> None:
    """Tells ended sessions to the model of whoever switched it on. Once a minute; also a plain function."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id, session_id in llm_summaries.due():
        if settings.REDIS_URL:
            tell.delay(str(user_id), session_id)
        elif time.monotonic() < until:
            tell(str(user_id), session_id)


@shared_task(expires=60)
def tell(user_id: str, session_id: str) -> None:
    llm_summaries.tell(UUID(user_id), session_id)


def _make_room(cursor: int) -> None:
    # Others write, too, and on SQLite who waits for the lock looks for it ten times a second at most.
    time.sleep(BREATH)


@shared_task
def retire() -> None:
    """Keeps every log within what its user wants kept. Each is looked at once an hour; also a plain function."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id in retention_policy.due(_now_us() - HOUR_US):
        if time.monotonic() > until:
            return
        _keep_within(user_id, until)
    vacuum.give_back(seconds=until - time.monotonic())


def _keep_within(user_id: UUID, until: float) -> None:
    now_us = _now_us()
    # What a session came to is not known before all of it is read.
    if not projector.catch_up(user_id, seconds=USER_SECONDS, told=_make_room):
        return
    left = until - time.monotonic()
    rule = retention_policy.rule(user_id)
    taken = session_retention.keep_within(
        user_id, rule, now_us=now_us, seconds=left, breathe=lambda: time.sleep(BREATH)
    )
    if taken.events:
        index_cleanup.scrub_some(seconds=SCRUB_SECONDS)
    if time.monotonic() < until:
        retention_policy.seen_to(user_id, now_us)


def _now_us() -> int:
    return time.time_ns() // 1_000


def behind() -> list[UUID]:
    """Users whose log goes on after the place up to which it was read; those with the least to read first."""
    progress = Progress.objects.filter(user_id=OuterRef("user_id"), version=projector.VERSION)
    left = F("head") - Coalesce(Subquery(progress.values("cursor")), 0)
    streams = Stream.objects.filter(head__gt=0).annotate(left=left)
    waiting = streams.exclude(Exists(progress.filter(settled=True)), left=0)
    return list(waiting.order_by("left").values_list("user_id", flat=True))
