"""Loads the events within a page filter, newest first, and filters new events for open pages.

The project is a property of the event: its folder, the root of its session, or its repository. The machine is a
property of the session: with a machine in the filter, sessions are selected by project and machine, as on other pages.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.store import locations, log
from events.store.log import Record
from events.store.merge_scan import (
    ALL_EVENTS,
    EVENTS_BY_LOCATION,
    LAST_POSITION,
    IndexRanges,
    TimePosition,
    load_newest,
)
from events.wire.hook_event import HookEvent
from memory.models import Session
from memory.projection import projector
from memory.sessions import project_names
from memory.values.compressed_fields import encode_session_id
from memory.values.page_filter import PageFilter

SESSION_RANGES = IndexRanges("memory_sessionevent", "at_us", "session_id")


def load_feed_page(
    user_id: UUID, page_filter: PageFilter, *, limit: int, before: TimePosition | None = None
) -> tuple[list[Record], TimePosition | None]:
    """Loads events before a position, newest first, and the position where the next page starts (None: the last page).

    Call `projector.catch_up` first.
    """
    positions = _load_positions(user_id, page_filter, limit + 1, _end_position(page_filter, before))
    page_positions = positions[:limit]
    records = {record.seq: record for record in log.load_by_seqs(user_id, [seq for _, seq in page_positions])}
    return [records[seq] for _, seq in page_positions if seq in records], page_positions[-1] if len(
        positions
    ) > limit else None


def _end_position(page_filter: PageFilter, before: TimePosition | None) -> TimePosition:
    return min(before or LAST_POSITION, LAST_POSITION if page_filter.until_us is None else (page_filter.until_us, 0))


@acting_for_user
def _load_positions(user_id: UUID, page_filter: PageFilter, limit: int, end: TimePosition) -> list[TimePosition]:
    ranges, values = _ranges_to_scan(user_id, page_filter, limit, end)
    return load_newest(user_id, ranges, values, limit=limit, since_us=page_filter.since_us, before=end)


def _ranges_to_scan(
    user_id: UUID, page_filter: PageFilter, limit: int, end: TimePosition
) -> tuple[IndexRanges, Sequence[object]]:
    if page_filter.machine:
        return SESSION_RANGES, _load_candidate_sessions(user_id, page_filter, limit, end)
    if page_filter.project:
        return EVENTS_BY_LOCATION, locations.find_ids_by_name(user_id, page_filter.project)
    return ALL_EVENTS, [None]


def _load_candidate_sessions(
    user_id: UUID, page_filter: PageFilter, limit: int, end: TimePosition
) -> list[str | bytes]:
    """Lists the sessions that may contain some of the newest `limit` events before the end.

    Of the sessions that had ended before, the newest `limit` suffice: each of them contains at least one event.
    """
    at_us, _ = end
    scope = project_names.resolve_filter(user_id, replace(page_filter, until_us=None))
    rows = Session.objects.for_user(user_id).matching(scope).newest_first()
    ended_before = rows.filter(last_us__lt=at_us).values_list("session_id", flat=True)[:limit]
    running_then = rows.filter(last_us__gte=at_us, started_us__lte=at_us).values_list("session_id", flat=True)
    return [encode_session_id(session_id) for session_id in (*running_then, *ended_before)]


def filter_records(user_id: UUID, page_filter: PageFilter, records: Sequence[Record]) -> list[Record]:
    """Keeps the records within the filter, in order. Tombstones stay, because their project and time are unknown."""
    if page_filter.machine:
        return _filter_by_machine(user_id, page_filter, records)
    return [record for record in records if record.is_deleted or _matches(page_filter, record)]


def _matches(page_filter: PageFilter, record: Record) -> bool:
    event, name = _skim(record), page_filter.project
    return (not name or event.location.has_name(name)) and page_filter.contains(event.ts_us)


def _skim(record: Record) -> HookEvent:
    return HookEvent.skim(record.seq, record.text, record.received_us)


def _filter_by_machine(user_id: UUID, page_filter: PageFilter, records: Sequence[Record]) -> list[Record]:
    projector.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    hook_events = [_skim(record) for record in records]
    matching_sessions = _load_matching_sessions(user_id, page_filter, {one.session_id for one in hook_events} - {""})
    matching_seqs = {
        one.seq for one in hook_events if one.session_id in matching_sessions and page_filter.contains(one.at_us)
    }
    return [record for record in records if record.is_deleted or record.seq in matching_seqs]


@acting_for_user
def _load_matching_sessions(user_id: UUID, page_filter: PageFilter, session_ids: set[str]) -> set[str]:
    scope = project_names.resolve_filter(user_id, PageFilter(page_filter.project, page_filter.machine))
    rows = Session.objects.for_user(user_id).matching(scope).filter(session_id__in=session_ids)
    return set(rows.values_list("session_id", flat=True))
