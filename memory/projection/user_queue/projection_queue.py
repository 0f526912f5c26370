"""The queue of the users whose log has events to project: a row of `Stream` with its place in the queue.

`append` puts a user into it. Workers take the users who have waited longest (`user_claims`).
"""

import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from events.models import Stream
from events.store.pg_arrays import Int64Array, NullableInt64Array, UuidArray
from memory.models import ProjectionState
from memory.projection import statements

# Seconds that new events wait for more of the same user: a batch costs about as much for five events as for one. A
# page projects what it shows, and does not wait.
SETTLE_S = 5.0
NEW_USERS_BATCH_SIZE = 1_000


class Progress(NamedTuple):
    """How far a user's log was projected. `has_more`: more events were there when the batch was read."""

    user_id: UUID
    cursor: int
    has_more: bool


# `append` locks the rows of several users in the same order.
_LOCK_SQL = "SELECT FROM events_stream WHERE user_id = ANY (%s) ORDER BY user_id FOR NO KEY UPDATE"
_LEAVE_SQL = """
WITH batch (user_id, cursor, position_us, since_us) AS ({values})
UPDATE events_stream SET queued_us = CASE WHEN head > cursor THEN position_us END,
    behind_since_us = CASE WHEN head > cursor THEN COALESCE(since_us, behind_since_us) END
FROM batch WHERE events_stream.user_id = batch.user_id"""


def leave_or_requeue(reached: Sequence[Progress], *, now_us: int) -> None:
    """Takes each user out of the queue if the log ends where it was projected; else the user goes to the queue's end.

    A user who had more events when the batch was read need not wait for more of them.
    """
    if not reached:
        return
    settled_us = now_us - int(SETTLE_S * 1e6)
    rows = [
        (one.user_id, one.cursor, settled_us if one.has_more else now_us, None if one.has_more else now_us)
        for one in sorted(reached, key=lambda one: one.user_id.int)
    ]
    values, parameters = statements.make_values(rows, (UuidArray, Int64Array, Int64Array, NullableInt64Array))
    with statements.pipeline():
        if len(rows) > 1:
            statements.execute(_LOCK_SQL, parameters[:1])
        statements.execute(_LEAVE_SQL.format(values=values), parameters)


def has_notices(user_id: UUID) -> bool:
    """Whether the user has a channel for notices."""
    return ProjectionState.objects.filter(user_id=user_id, notices_due_us__isnull=False).exists()


def postpone(user_id: UUID, *, seconds: float) -> None:
    """Moves a user whose projection failed behind the others; the user is due again after `seconds`."""
    position_us = _now_us() + int((seconds - SETTLE_S) * 1e6)
    Stream.objects.filter(user_id=user_id, queued_us__isnull=False).update(queued_us=position_us)


def prepare_new_users(rules_version: int) -> None:
    """Creates the projection states of users who never had one, since a claim locks that row."""
    states = ProjectionState.objects.filter(user_id=OuterRef("user_id"))
    queued = Stream.objects.filter(queued_us__isnull=False).exclude(Exists(states))
    rows = [
        ProjectionState(user_id=user_id, rules_version=rules_version)
        for user_id in queued.values_list("user_id", flat=True)[:NEW_USERS_BATCH_SIZE]
    ]
    try:
        ProjectionState.objects.bulk_create(rows, ignore_conflicts=True)
    except IntegrityError:
        return  # one of the users was deleted meanwhile; the next task tries again


def enqueue_overlooked(rules_version: int) -> None:
    """Puts users into the queue who should be in it: after a change of the rules, or if an old server stored their
    events.

    They are due at once: no arrival wakes a worker for them later.
    """
    now_us = _now_us()
    find_streams_behind(rules_version).filter(queued_us__isnull=True).update(
        queued_us=now_us - int(SETTLE_S * 1e6), behind_since_us=Coalesce("behind_since_us", Value(now_us))
    )


def find_streams_behind(rules_version: int) -> QuerySet[Stream]:
    """Selects streams with events to project, or whose projection is incomplete; by their place in the queue."""
    states = ProjectionState.objects.filter(user_id=OuterRef("user_id"), rules_version__gte=rules_version)
    cursor = Coalesce(Subquery(states.values("cursor")), 0)
    behind = Stream.objects.filter(head__gt=0).exclude(Exists(states.filter(is_complete=True)), head=cursor)
    return behind.order_by(F("queued_us").asc(nulls_last=True))


def _now_us() -> int:
    return time.time_ns() // 1_000
