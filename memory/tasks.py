"""Reads on in the logs by itself, so that a reader need not: with a broker in Celery, else in the clock's thread."""

import time
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from events.models import Stream
from memory import asking, projector
from memory.models import Progress

SWEEP_SECONDS, USER_SECONDS = 30.0, 5.0
BREATH = 0.1  # seconds after each slice


@shared_task
def sweep() -> None:
    """Reads on for whoever is behind, those with the least to read first. Once a minute; also a plain function."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id in behind():
        if time.monotonic() > until:
            return
        projector.catch_up(user_id, seconds=USER_SECONDS, told=_make_room)


@shared_task
def retell() -> None:
    """Tells ended sessions to the model of whoever switched it on. Once a minute; also a plain function."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id, session_id in asking.due():
        if settings.REDIS_URL:
            tell.delay(str(user_id), session_id)
        elif time.monotonic() < until:
            tell(str(user_id), session_id)


@shared_task(expires=60)
def tell(user_id: str, session_id: str) -> None:
    asking.tell(UUID(user_id), session_id)


def _make_room(cursor: int) -> None:
    # Others write, too, and on SQLite who waits for the lock looks for it ten times a second at most.
    time.sleep(BREATH)


def behind() -> list[UUID]:
    """Users whose log goes on after the place up to which it was read; those with the least to read first."""
    progress = Progress.objects.filter(user_id=OuterRef("user_id"), version=projector.VERSION)
    left = F("head") - Coalesce(Subquery(progress.values("cursor")), 0)
    streams = Stream.objects.filter(head__gt=0).annotate(left=left)
    waiting = streams.exclude(Exists(progress.filter(settled=True)), left=0)
    return list(waiting.order_by("left").values_list("user_id", flat=True))
