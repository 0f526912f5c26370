"""Applies a user's retention policy: deletes whole sessions with their derived rows, longest silent first. Sessions
that are starred, contain a pinned entry or were active within the last day stay. Events of no session are deleted by
their own age. Each batch is a short transaction: after an interruption the next projection rebuilds the session, and
the next run deletes the rest. See docs/decisions/retention.md.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Length

from events.isolation.row_security import acting_for_user
from events.models import Event, EventQuerySet
from events.retention import retention_delete
from events.retention.retention_delete import DeletedAmount
from events.retention.retention_policy import RetentionLimits
from memory.models import (
    Annotation,
    LlmSummary,
    ProjectionState,
    Session,
    SessionEvent,
    SessionPreference,
    SessionQuerySet,
)
from memory.projection import projector, repository, shared_answers, table_statistics

DAY_US, BEGINNING_US = 86_400_000_000, -(2**63)
EVENT_BATCH_SIZE = 300  # events deleted in one transaction
SESSION_BATCH_SIZE = 50  # sessions loaded together
# A range instead of equality: the planner, which may know nothing about a log that just arrived, then looks each row up
# by its key. As an equality it read all rows of the user for each row.
SAME_SEQ = OuterRef("seq"), OuterRef("seq")
# About how many bytes an event takes on disk besides its compressed text: its row, its index entries and the rows
# derived from it. Measured with `script/bench laptop`.
EVENT_OVERHEAD_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class RetentionUnit:
    """A unit of deletion: a session, or a batch of events of no session (`session_id` is None)."""

    at_us: int
    session_id: str | None
    seqs: tuple[int, ...]
    size: DeletedAmount

    @property
    def disk_bytes(self) -> int:
        return self.size.bytes + self.size.events * EVENT_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """The effect of a retention policy: deleted sessions and events, and estimated bytes on disk.

    `disk_bytes` is the size of the deleted part, `total_bytes` the size of the whole log.
    """

    sessions: int = 0
    events: int = 0
    disk_bytes: int = 0
    total_bytes: int = 0


class AppliedRetention(NamedTuple):
    """What was deleted, and whether nothing that the policy deletes is left."""

    removed: DeletedAmount
    is_complete: bool


def preview_retention(user_id: UUID, rule: RetentionLimits, *, now_us: int) -> RetentionPreview:
    """Computes the effect of applying the policy now."""
    total_bytes, sessions, events, disk_bytes = estimate_disk_bytes(user_id), 0, 0, 0
    for unit in _plan_removals(user_id, rule, total_bytes, now_us):
        sessions += unit.session_id is not None
        events += unit.size.events
        disk_bytes += unit.disk_bytes
    return RetentionPreview(sessions, events, disk_bytes, total_bytes)


def apply_retention(
    user_id: UUID, rule: RetentionLimits, *, now_us: int, seconds: float, pause: Callable[[], None]
) -> AppliedRetention:
    """Deletes under the policy for at most about `seconds`; calls `pause` after each transaction."""
    table_statistics.analyze_grown_tables()  # a log that just arrived has none, and retention reads all of it
    total_bytes = 0 if rule.max_bytes is None else estimate_disk_bytes(user_id)
    deadline, removed = time.monotonic() + seconds, DeletedAmount()
    for unit in _plan_removals(user_id, rule, total_bytes, now_us):
        for batch in _remove_unit(user_id, unit, now_us - DAY_US):
            removed += batch
            pause()
            if time.monotonic() > deadline:
                return AppliedRetention(removed, is_complete=False)
    return AppliedRetention(removed, is_complete=True)


@acting_for_user
def estimate_disk_bytes(user_id: UUID) -> int:
    """Estimates the bytes on disk of a user's events and the rows derived from them."""
    sums = Event.objects.for_user(user_id).alive().aggregate(size=Sum(Length("body")), count=Count("seq"))
    return int(sums["size"] or 0) + int(sums["count"]) * EVENT_OVERHEAD_BYTES


def _plan_removals(user_id: UUID, rule: RetentionLimits, total_bytes: int, now_us: int) -> Iterator[RetentionUnit]:
    """Yields the units to delete, oldest first: all beyond `max_days`, then as many as `max_bytes` requires."""
    too_old = BEGINNING_US if rule.max_days is None else now_us - rule.max_days * DAY_US
    for unit in _iter_units(user_id, BEGINNING_US, too_old):
        total_bytes -= unit.disk_bytes
        yield unit
    for unit in _iter_units(user_id, too_old, now_us - DAY_US) if rule.max_bytes is not None else ():
        if rule.max_bytes is None or total_bytes <= rule.max_bytes:
            return
        total_bytes -= unit.disk_bytes
        yield unit


def _iter_units(user_id: UUID, since_us: int, before_us: int) -> Iterator[RetentionUnit]:
    """Yields the removable units of a time range, oldest first."""
    sessions, unassigned = _iter_sessions(user_id, since_us, before_us), _iter_unassigned(user_id, since_us, before_us)
    return merge(sessions, unassigned, key=lambda part: part.at_us)


def _iter_sessions(user_id: UUID, since_us: int, before_us: int) -> Iterator[RetentionUnit]:
    after = since_us, ""
    while batch := _load_session_batch(user_id, after, before_us):
        yield from batch
        after = batch[-1].at_us, batch[-1].session_id or ""


@acting_for_user
def _load_session_batch(user_id: UUID, after: tuple[int, str], before_us: int) -> list[RetentionUnit]:
    after_position = Q(last_us__gt=after[0]) | Q(last_us=after[0], session_id__gt=after[1])
    rows = _removable_sessions(user_id).filter(after_position, last_us__gte=after[0], last_us__lt=before_us)
    rows = rows.order_by("last_us", "session_id")
    found = list(rows.values_list("session_id", "last_us")[:SESSION_BATCH_SIZE])
    sizes = _load_sizes(user_id, [session_id for session_id, _ in found])
    return [RetentionUnit(at_us, session_id, (), sizes.get(session_id, DeletedAmount())) for session_id, at_us in found]


def _removable_sessions(user_id: UUID) -> SessionQuerySet:
    """Selects the sessions that are not starred and contain no pinned entry."""
    starred = SessionPreference.objects.for_user(user_id).filter(starred=True).values("session_id")
    pinned = Annotation.objects.for_user(user_id).filter(pinned=True).values("seq")
    holding_pinned = SessionEvent.objects.for_user(user_id).filter(seq__in=pinned).values("session_id")
    return Session.objects.for_user(user_id).exclude(session_id__in=starred).exclude(session_id__in=holding_pinned)


def _load_sizes(user_id: UUID, session_ids: list[str]) -> dict[str, DeletedAmount]:
    events = Event.objects.for_user(user_id).alive().filter(seq__range=SAME_SEQ).order_by("seq")
    size = events.annotate(size=Length("body")).values("size")[:1]
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id__in=session_ids).annotate(size=Subquery(size))
    sums = event_rows.values("session_id").annotate(count=Count("size"), total=Sum("size"))
    return {row["session_id"]: DeletedAmount(row["count"], row["total"] or 0) for row in sums}


def _iter_unassigned(user_id: UUID, since_us: int, before_us: int) -> Iterator[RetentionUnit]:
    after = since_us, 0
    while unit := _load_unassigned_batch(user_id, after, before_us):
        yield unit
        after = unit.at_us, unit.seqs[-1]


@acting_for_user
def _load_unassigned_batch(user_id: UUID, after: tuple[int, int], before_us: int) -> RetentionUnit | None:
    """Loads a batch of events of no session, as far as the log was projected."""
    after_position = Q(ts_us__gt=after[0]) | Q(ts_us=after[0], seq__gt=after[1])
    rows = (
        _unassigned_events(user_id)
        .filter(after_position, ts_us__gte=after[0], ts_us__lt=before_us)
        .order_by("ts_us", "seq")
    )
    found = list(rows.annotate(size=Length("body")).values_list("seq", "ts_us", "size")[:EVENT_BATCH_SIZE])
    if not found:
        return None
    batch_size = DeletedAmount(len(found), sum(size for _, _, size in found))
    return RetentionUnit(found[-1][1], None, tuple(seq for seq, _, _ in found), batch_size)


def _unassigned_events(user_id: UUID) -> EventQuerySet:
    cursor = ProjectionState.objects.filter(user_id=user_id, rules_version=projector.VERSION).values("cursor")[:1]
    session_event = SessionEvent.objects.for_user(user_id).filter(seq__range=SAME_SEQ)
    return Event.objects.for_user(user_id).alive().filter(~Exists(session_event), seq__lte=Subquery(cursor))


def _remove_unit(user_id: UUID, unit: RetentionUnit, horizon_us: int) -> Iterator[DeletedAmount]:
    """Deletes a unit, one batch per transaction."""
    if unit.session_id is None:
        yield retention_delete.delete_expired(user_id, unit.seqs)
        return
    while (removed := _remove_session_batch(user_id, unit.session_id, horizon_us)) is not None:
        yield removed


@acting_for_user
def _remove_session_batch(user_id: UUID, session_id: str, horizon_us: int) -> DeletedAmount | None:
    """Deletes the session's first events and their derived rows; the last batch also deletes the session.

    Returns None if the session no longer exists, or if it must stay.
    """
    with transaction.atomic():
        # This lock stops a concurrent projection. Under it, check again that the session may be deleted.
        list(ProjectionState.objects.select_for_update().filter(user_id=user_id))
        session = _removable_sessions(user_id).filter(session_id=session_id, last_us__lt=horizon_us)
        if not session.exists():
            return None
        event_rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).in_order()
        seqs = list(event_rows.values_list("seq", flat=True)[:EVENT_BATCH_SIZE])
        removed = retention_delete.delete_expired(user_id, seqs)
        repository.delete_event_rows(user_id, seqs)
        if len(seqs) < EVENT_BATCH_SIZE:
            counted = shared_answers.list_messages(user_id, [session_id])
            repository.delete_session_rows(user_id, [session_id])
            shared_answers.settle_messages(user_id, counted)
            for model in (SessionPreference, LlmSummary):
                model.objects.for_user(user_id).filter(session_id=session_id).delete()
        else:
            session.update(needs_rebuild=True)
            ProjectionState.objects.filter(user_id=user_id).update(is_complete=False)
    return removed
