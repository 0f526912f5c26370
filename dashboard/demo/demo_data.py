"""Loads the demo into a person's log and takes it out again. The log is the truth of whether it is there.

It comes in through the door of captured events and is derived from like them. To leave it out of export and sync would
take a rule in each of their readers; instead it goes wherever the log goes, saying what it is
(`dashboard.demo.demo_events`), and its removal goes there too.
"""

import json
from uuid import UUID

from django.utils import timezone

from dashboard.demo import demo_events
from events.endpoints import request_body
from events.isolation.row_security import acting_for_user
from events.models import Event, EventQuerySet
from events.store import drafts, log
from memory.deletion import session_deletion
from memory.projection import projector

CATCH_UP_TIMEOUT_S = 5.0  # seconds for what is derived to follow; the clock does the rest


def _demo_events(user_id: UUID) -> EventQuerySet:
    """The demo's events, and what stands for those of them that are deleted."""
    return Event.objects.for_user(user_id).filter(id__range=(demo_events.FIRST_ID, demo_events.LAST_ID))


@acting_for_user
def is_loaded(user_id: UUID) -> bool:
    return _demo_events(user_id).alive().exists()


@acting_for_user
def has_only_demo(user_id: UUID) -> bool:
    """Whether the log holds nothing else: no machine of the person's own has sent anything."""
    return (
        not Event.objects.for_user(user_id)
        .alive()
        .exclude(id__range=(demo_events.FIRST_ID, demo_events.LAST_ID))
        .exists()
    )


def load(user_id: UUID) -> None:
    """Puts the demo into the log as if it had just happened; where it is already it stays as it is."""
    round_ = _next_round(user_id)
    while not is_loaded(user_id):
        # Of two that load at once one finds its events known. So does who meets a round that retention took.
        _append_round(user_id, round_)
        round_ += 1
    projector.catch_up(user_id, seconds=CATCH_UP_TIMEOUT_S)


@acting_for_user
def _next_round(user_id: UUID) -> int:
    """How often it has been loaded."""
    last = _demo_events(user_id).order_by("-id").values_list("id", flat=True).first()
    return 0 if last is None else demo_events.parse_round(last) + 1


def _append_round(user_id: UUID, round_: int) -> None:
    body = json.dumps({"events": demo_events.build_events(round_, timezone.now())}).encode()
    batch = request_body.parse_ingest(body)
    assert not batch.rejected, batch.rejected  # noqa: S101  # the events are ours
    log.append([drafts.prepare(user_id, batch.events)])


def remove(user_id: UUID) -> int:
    """Deletes the demo for real, with all that was derived from it; how many events that were."""
    return session_deletion.delete_events(user_id, _list_ids(user_id))


@acting_for_user
def _list_ids(user_id: UUID) -> list[UUID]:
    return list(_demo_events(user_id).alive().values_list("id", flat=True))
