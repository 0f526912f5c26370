"""Loads the demo into a user's log and removes it. Only the log holds whether the demo is loaded.

Demo events are ingested and projected like captured events. To exclude them from export and sync, each reader would
need a rule. Instead, export and sync include them, marked as demo (`dashboard.demo.demo_events`), and their deletion.
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


def _demo_events(user_id: UUID) -> EventQuerySet:
    """Returns the demo's events and the tombstones of deleted ones."""
    return Event.objects.for_user(user_id).filter(id__range=(demo_events.FIRST_ID, demo_events.LAST_ID))


@acting_for_user
def is_loaded(user_id: UUID) -> bool:
    return _demo_events(user_id).alive().exists()


@acting_for_user
def has_only_demo(user_id: UUID) -> bool:
    """Whether the log holds no other events: none of the user's machines has sent any."""
    return (
        not Event.objects.for_user(user_id)
        .alive()
        .exclude(id__range=(demo_events.FIRST_ID, demo_events.LAST_ID))
        .exists()
    )


def load(user_id: UUID) -> None:
    """Appends the demo to the log as if it had just happened; changes nothing if the demo is loaded."""
    round_ = _next_round(user_id)
    while not is_loaded(user_id):
        # The events of a round are duplicates if a concurrent request loads the demo, or if retention deleted the
        # round. After a deletion by retention, the next round is tried.
        _append_round(user_id, round_)
        round_ += 1
    projector.catch_up(user_id, seconds=projector.WRITE_TIMEOUT_S)


@acting_for_user
def _next_round(user_id: UUID) -> int:
    """Returns the number of the next round: how often the demo has been loaded."""
    last = _demo_events(user_id).order_by("-id").values_list("id", flat=True).first()
    return 0 if last is None else demo_events.parse_round(last) + 1


def _append_round(user_id: UUID, round_: int) -> None:
    body = json.dumps({"events": demo_events.build_events(round_, timezone.now())}).encode()
    batch = request_body.parse_ingest(body)
    assert not batch.rejected, batch.rejected  # noqa: S101  # the events are ours
    log.append([drafts.prepare(user_id, batch.events)])


def remove(user_id: UUID) -> int:
    """Deletes the demo for good, with all derived rows; returns the number of deleted events."""
    return session_deletion.delete_events(user_id, _list_ids(user_id))


@acting_for_user
def _list_ids(user_id: UUID) -> list[UUID]:
    return list(_demo_events(user_id).alive().values_list("id", flat=True))
