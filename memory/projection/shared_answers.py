"""Counts an answer once that the transcripts of several sessions hold, as those of forks and resumed sessions do.

Each session keeps what its events report of the answer. The session with the largest count counts it, and the others
do not; so the result does not depend on the order of the events, nor on which sessions are left. Call it within a
transaction and `acting_for` the user, after the rows of the sessions were written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import F

from events.store.pg_arrays import TextArray
from memory.models import Session, TokenUsage
from memory.projection import count_writer, statements
from memory.projection.stored_sessions import to_usage
from memory.rules import token_usage
from memory.rules.half_hour_counts import HalfHourCounts
from memory.rules.session_projection import SessionProjection
from memory.rules.token_usage import TOKEN_FIELDS, MessageUsage

BATCH_SIZE = 1_000


def settle_answers(user_id: UUID, projections: Iterable[SessionProjection]) -> None:
    """Settles the answers that these sessions report."""
    settle_messages(user_id, {message_id for one in projections for message_id in one.usages})


def list_messages(user_id: UUID, sessions: Sequence[str]) -> list[str]:
    """Lists the answers that these sessions report: others may have to count them when they are deleted."""
    rows = TokenUsage.objects.for_user(user_id).filter(session_id__in=sessions)
    return list(rows.order_by().values_list("message_id", flat=True))


def settle_messages(user_id: UUID, message_ids: Collection[str]) -> None:
    """Settles which session counts each of these answers."""
    unique_ids = sorted(filter(token_usage.is_unique_id, message_ids))
    for at in range(0, len(unique_ids), BATCH_SIZE):
        _settle_batch(user_id, _find_unsettled(user_id, unique_ids[at : at + BATCH_SIZE]))


_FIND_SQL = "SELECT message_id, is_counted FROM memory_tokenusage WHERE user_id = %s AND message_id = ANY(%s)"


def _find_unsettled(user_id: UUID, message_ids: Sequence[str]) -> list[str]:
    """Finds the answers that several sessions report, or that none counts."""
    if connection.vendor == "postgresql":
        rows = statements.fetch(_FIND_SQL, [user_id, TextArray(message_ids)])
    else:
        stored = TokenUsage.objects.for_user(user_id).filter(message_id__in=message_ids)
        rows = list(stored.order_by().values_list("message_id", "is_counted"))
    counted: dict[str, list[bool]] = defaultdict(list)
    for message_id, is_counted in rows:
        counted[message_id].append(bool(is_counted))
    return [message_id for message_id, flags in counted.items() if flags != [True]]


def _settle_batch(user_id: UUID, message_ids: Sequence[str]) -> None:
    if not message_ids:
        return
    reports: dict[str, list[MessageUsage]] = defaultdict(list)
    for row in TokenUsage.objects.for_user(user_id).filter(message_id__in=message_ids):
        reports[row.message_id].append(to_usage(row))
    changed: dict[str, list[MessageUsage]] = defaultdict(list)
    for usages in reports.values():
        winner = token_usage.choose_counted(usages)
        for usage in usages:
            if usage.is_counted != (usage is winner):
                changed[usage.session_id].append(usage)
    for session_id in sorted(changed):
        _turn_over(user_id, session_id, changed[session_id])


def _turn_over(user_id: UUID, session_id: str, usages: Sequence[MessageUsage]) -> None:
    """Takes answers out of the sums of a session that were counted, and adds those that were not."""
    counts, sums = HalfHourCounts(), dict.fromkeys((*TOKEN_FIELDS, "cost_microdollars", "unpriced_answers"), 0)
    for usage in usages:
        before, after = (usage, None) if usage.is_counted else (None, usage)
        counts.count_usage(before, after)
        for name, amount in token_usage.sum_differences(before, after).items():
            sums[name] += amount
    rows = TokenUsage.objects.for_user(user_id).filter(session_id=session_id)
    for flag in (True, False):
        ids = [usage.message_id for usage in usages if usage.is_counted is not flag]
        rows.filter(message_id__in=ids).update(is_counted=flag)
    count_writer.add_counts([(user_id, session_id, counts)])
    Session.objects.for_user(user_id).filter(session_id=session_id).update(
        **{name: F(name) + amount for name, amount in sums.items() if amount}
    )
