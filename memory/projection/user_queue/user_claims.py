"""Claims users of the queue for a worker: the lock of a user's projection state is the claim.

No other worker takes the user meanwhile, and PostgreSQL frees the lock at once if the worker dies. The rows of `Stream`
stay unlocked, so that events can arrive during the claim.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from events.isolation.row_security import acting_for, acting_for_claimed
from memory.models import ProjectionState
from memory.projection import statements
from memory.projection.user_queue.projection_queue import SETTLE_S

_SETTLE_US = int(SETTLE_S * 1e6)
_STATE_FIELDS = (
    *("user_id", "cursor", "rules_version", "is_complete", "has_unseen_deletions"),
    *("generation", "price_revision", "notices_due_us"),
)
_DUE = f"queued_us <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint - {_SETTLE_US}"
# The statement also sets the users for row-level security. A crash of the database may lose the transaction, since its
# commit does not wait for the disk: the log still has everything, and the next worker repeats the batches. Users beyond
# the bound of the events are locked until the commit, too, and keep their places.
_CLAIM_SQL = f"""
WITH due AS MATERIALIZED (
    SELECT queued_us, LEAST(head - CASE WHEN rules_version < %s THEN 0 ELSE cursor END, %s) AS events,
        {", ".join(f"state.{name}" for name in _STATE_FIELDS)}
    FROM events_stream stream JOIN memory_projectionstate state USING (user_id)
    WHERE {_DUE} AND state.rules_version <= %s ORDER BY queued_us LIMIT %s FOR UPDATE OF state SKIP LOCKED
), claimed AS MATERIALIZED (
    SELECT * FROM (SELECT *, sum(events) OVER (ORDER BY queued_us, user_id) AS total FROM due) AS counted
    WHERE total <= %s OR total = events
)
SELECT set_config('memfog.users', (SELECT string_agg(user_id::text, ',') FROM claimed), true),
    set_config('synchronous_commit', 'off', true), (SELECT count(*) FROM due), {", ".join(_STATE_FIELDS)}
FROM claimed ORDER BY queued_us, user_id"""
# Where the tables are distributed: a lock of rows on several machines is not possible, so one statement finds users on
# all of them, and the next claims one user on that user's machine.
_FIND_SQL = f"SELECT user_id FROM events_stream WHERE {_DUE} ORDER BY queued_us LIMIT %s"
_CLAIM_USER_SQL = f"""
SELECT {", ".join(f"state.{name}" for name in _STATE_FIELDS)}
FROM events_stream stream JOIN memory_projectionstate state USING (user_id)
WHERE stream.user_id = %s AND state.user_id = %s AND {_DUE} AND state.rules_version <= %s
FOR UPDATE OF state SKIP LOCKED"""


class Claim(NamedTuple):
    """The states of the claimed users, and whether more users may be due."""

    states: list[ProjectionState]
    has_more: bool


@contextmanager
def claim(rules_version: int, *, users: int, events: int) -> Iterator[Claim]:
    """Claims the users who have waited longest, until the block ends; none if no user is due. Only on PostgreSQL.

    At most `users`, and no more than have `events` to project together; a user alone may have more. The block is a
    transaction that acts for these users. A user whose rows are of a later version than `rules_version` is left to the
    workers of the next release, which run beside this one.
    """
    if settings.DATABASE_DISTRIBUTED:
        with _claim_on_one_machine(rules_version, users) as claimed:
            yield claimed
        return
    with transaction.atomic():
        rows = statements.fetch(_CLAIM_SQL, [rules_version, events, rules_version, users, events])
        states = [_to_state(row[3:]) for row in rows]
        if not states:
            yield Claim([], has_more=False)
            return
        due = rows[0][2]
        with acting_for_claimed([state.user_id for state in states]):
            yield Claim(states, has_more=due == users or due > len(states))


@contextmanager
def _claim_on_one_machine(rules_version: int, users: int) -> Iterator[Claim]:
    """Claims the first user whom no other worker has claimed."""
    for (user_id,) in statements.fetch(_FIND_SQL, [users]):
        with acting_for(user_id):
            if state := _claim_user(user_id, rules_version):
                yield Claim([state], has_more=True)
                return
    yield Claim([], has_more=False)


def _claim_user(user_id: UUID, rules_version: int) -> ProjectionState | None:
    rows = statements.fetch(_CLAIM_USER_SQL, [user_id, user_id, rules_version])
    return _to_state(rows[0]) if rows else None


def _to_state(columns: tuple[Any, ...]) -> ProjectionState:
    return ProjectionState(**dict(zip(_STATE_FIELDS, columns, strict=True)))
