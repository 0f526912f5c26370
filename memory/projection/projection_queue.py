"""The queue of the users whose log has events to project: a row of `Stream` with its place in the queue.

`append` puts a user into it. Workers take the user who has waited longest. The lock of the user's projection state is
the claim: no other worker takes the user meanwhile, and PostgreSQL frees it at once if the worker dies.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from events.isolation.row_security import acting_for_claimed
from events.models import Stream
from memory.models import ProjectionState
from memory.projection import statements

# Seconds that new events wait for more of the same user: a batch costs about as much for five events as for one. A
# page projects what it shows, and does not wait.
SETTLE_S = 5.0
NEW_USERS_BATCH_SIZE = 1_000


# The row of `Stream` stays unlocked, so that events of the user can arrive during the claim. The statement also sets
# the user for row-level security. A crash of the database may lose the transaction, since its commit does not wait for
# the disk: the log still has everything, and the next worker repeats the batch.
_CLAIM_SQL = """
WITH claimed AS MATERIALIZED (
    SELECT state.user_id, cursor, rules_version, is_complete, has_unseen_deletions, generation, price_revision,
        notices_due_us
    FROM events_stream stream JOIN memory_projectionstate state USING (user_id)
    WHERE stream.queued_us <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint - %s
        AND state.rules_version <= %s
    ORDER BY stream.queued_us LIMIT 1 FOR UPDATE OF state SKIP LOCKED
)
SELECT set_config('memfog.users', user_id::text, true), set_config('synchronous_commit', 'off', true), claimed.*
FROM claimed"""
_CLAIMED_FIELDS = (
    "user_id",
    "cursor",
    "rules_version",
    "is_complete",
    "has_unseen_deletions",
    "generation",
    "price_revision",
    "notices_due_us",
)


@contextmanager
def claim_next(rules_version: int) -> Iterator[ProjectionState | None]:
    """Claims the user who has waited longest, until the block ends; None if no user is due. Only on PostgreSQL.

    The block is a transaction that acts for this user. A user whose rows are of a later version than `rules_version`
    is left to the workers of the next release, which run beside this one.
    """
    with transaction.atomic():
        rows = statements.fetch(_CLAIM_SQL, [int(SETTLE_S * 1e6), rules_version])
        if not rows:
            yield None
            return
        state = ProjectionState(**dict(zip(_CLAIMED_FIELDS, rows[0][2:], strict=True)))
        with acting_for_claimed(state.user_id):
            yield state


_LEAVE_SQL = """
UPDATE events_stream SET queued_us = CASE WHEN head > %s THEN %s END,
    behind_since_us = CASE WHEN head > %s THEN COALESCE(%s, behind_since_us) END
WHERE user_id = %s"""


def leave_or_requeue(user_id: UUID, cursor: int, *, now_us: int, has_more: bool) -> None:
    """Takes the user out of the queue if the log ends at `cursor`; else the user goes to the queue's end.

    `has_more` means that more events were there when the batch was read: then the user need not wait for more of them.
    """
    position_us = now_us - int(SETTLE_S * 1e6) if has_more else now_us
    since_us = None if has_more else now_us
    statements.execute(_LEAVE_SQL, [cursor, position_us, cursor, since_us, user_id])


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
    """Puts into the queue who should be there: after a change of the rules, or of events that an old server stored."""
    now_us = _now_us()
    find_streams_behind(rules_version).filter(queued_us__isnull=True).update(
        queued_us=now_us, behind_since_us=Coalesce("behind_since_us", Value(now_us))
    )


def find_streams_behind(rules_version: int) -> QuerySet[Stream]:
    """Selects streams with events to project, or whose projection is incomplete; by their place in the queue."""
    states = ProjectionState.objects.filter(user_id=OuterRef("user_id"), rules_version__gte=rules_version)
    cursor = Coalesce(Subquery(states.values("cursor")), 0)
    behind = Stream.objects.filter(head__gt=0).exclude(Exists(states.filter(is_complete=True)), head=cursor)
    return behind.order_by(F("queued_us").asc(nulls_last=True))


def _now_us() -> int:
    return time.time_ns() // 1_000
