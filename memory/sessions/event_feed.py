"""What happened within a scope, newest first: pages of it, and whether what is new belongs to it.

A project is that of the event: the folder it happened in, the root of its session, or the repository. A machine is that
of the session: where one is chosen, so are the sessions, by their project and machine as everywhere else.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from events.isolation.row_security import for_its_user
from events.store import locations, log
from events.store.log import Record
from events.store.merge_scan import LAST, OF_ALL, OF_PLACES, Place, Stretches, newest
from events.wire.hook_event import read
from events.wire.json_values import text
from events.wire.timestamps import microseconds
from memory.models import Session
from memory.projection import projector
from memory.sessions.session_queries import PATIENCE
from memory.values.compressed_fields import named
from memory.values.page_filter import Scope

OF_SESSIONS = Stretches("memory_moment", "at_us", "session_id")


def page(user_id: UUID, scope: Scope, *, limit: int, before: Place | None = None) -> tuple[list[Record], Place | None]:
    """What happened before a place, newest first; and the place before which the next page goes on, if there is one.

    Call `projector.catch_up` first.
    """
    found = _places(user_id, scope, limit + 1, _end(scope, before))
    shown = found[:limit]
    records = {record.seq: record for record in log.numbered(user_id, [seq for _, seq in shown])}
    return [records[seq] for _, seq in shown if seq in records], shown[-1] if len(found) > limit else None


def _end(scope: Scope, before: Place | None) -> Place:
    return min(before or LAST, LAST if scope.until_us is None else (scope.until_us, 0))


@for_its_user
def _places(user_id: UUID, scope: Scope, limit: int, end: Place) -> list[Place]:
    stretches, values = _stretches(user_id, scope, limit, end)
    return newest(user_id, stretches, values, limit=limit, since_us=scope.since_us, before=end)


def _stretches(user_id: UUID, scope: Scope, limit: int, end: Place) -> tuple[Stretches, Sequence[object]]:
    if scope.machine:
        return OF_SESSIONS, _sessions(user_id, scope, limit, end)
    if scope.project:
        return OF_PLACES, locations.named(user_id, scope.project)
    return OF_ALL, [None]


def _sessions(user_id: UUID, scope: Scope, limit: int, end: Place) -> list[str | bytes]:
    """Those that may hold some of the newest so many events before the end.

    Of the sessions that were over by then, as many as there are events will do: each of them ends with one.
    """
    at_us, _ = end
    rows = Session.objects.of(user_id).within(replace(scope, until_us=None)).newest_first()
    over = rows.filter(last_us__lt=at_us).values_list("session_id", flat=True)[:limit]
    open_ = rows.filter(last_us__gte=at_us, started_us__lte=at_us).values_list("session_id", flat=True)
    return [named(session_id) for session_id in (*open_, *over)]


def fitting(user_id: UUID, scope: Scope, records: Sequence[Record]) -> list[Record]:
    """Those of these records that a scope reaches, in their order. What was deleted is among them: nobody knows."""
    if scope.machine:
        return _of_machine(user_id, scope, records)
    return [record for record in records if record.deleted or _fits(scope, record)]


def _fits(scope: Scope, record: Record) -> bool:
    event = json.loads(record.text, parse_int=float)
    names = {text(event, name) for name in ("project", "root", "repo")}
    return (not scope.project or scope.project in names) and scope.holds(microseconds(text(event, "ts")))


def _of_machine(user_id: UUID, scope: Scope, records: Sequence[Record]) -> list[Record]:
    projector.catch_up(user_id, seconds=PATIENCE)
    told = {record.seq: read(record.seq, record.id, record.text, record.received_us) for record in records}
    there = _chosen(user_id, scope, {one.session_id for one in told.values() if one})
    reached = {seq for seq, one in told.items() if one and one.session_id in there and scope.holds(one.at_us)}
    return [record for record in records if record.deleted or record.seq in reached]


@for_its_user
def _chosen(user_id: UUID, scope: Scope, session_ids: set[str]) -> set[str]:
    rows = Session.objects.of(user_id).within(Scope(scope.project, scope.machine)).filter(session_id__in=session_ids)
    return set(rows.values_list("session_id", flat=True))
