"""Events prepared for the log: compressed, each with the id of its location. This slow work precedes every lock."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from events.store import event_compression, locations
from events.wire.envelope import WireEvent
from events.wire.event_header import EventLocation
from events.wire.urgency import is_urgent

# The time of a tombstone: later than any event, so that a walk by time passes no deleted events.
END_OF_TIME_US = 2**63 - 1


class EventRow(NamedTuple):
    """A row of the log without its number. A row without a body is a tombstone: its event was deleted elsewhere."""

    user_id: UUID
    id: UUID
    location_id: int
    ts_us: int
    received_us: int
    body: bytes | None


class Draft(NamedTuple):
    """What `log.append` takes: rows of one user, in the order in which they get their numbers."""

    user_id: UUID
    rows: Sequence[EventRow]
    # Whether a session asks its user for something: `events.wire.urgency`.
    is_urgent: bool = False


class Arrival(NamedTuple):
    """An event that arrived at another server earlier, and when."""

    event: WireEvent
    received_us: int


class Tombstone(NamedTuple):
    """An event that was deleted at another server: its id, and where it happened unless that is unknown."""

    id: UUID
    location: EventLocation | None
    received_us: int


def prepare(user_id: UUID, events: Sequence[WireEvent]) -> Draft:
    """Prepares a draft of events that arrive now. Asks the database for locations that this process does not know.

    Raises Problem `not_authenticated` when the user is gone.
    """
    now_us = time.time_ns() // 1_000
    draft = prepare_import(user_id, [Arrival(event, now_us) for event in events])
    return draft._replace(is_urgent=any(is_urgent(event.text) for event in events))


def prepare_from_cache(user_id: UUID, events: Sequence[WireEvent]) -> Draft | None:
    """Prepares the same draft without the database; returns None if a location is not known."""
    location_ids = [locations.find_cached_id(user_id, event) for event in events]
    if None in location_ids:
        return None
    now_us = time.time_ns() // 1_000
    bodies = event_compression.compress_all([event.text for event in events])
    rows = [
        EventRow(user_id, event.id, location_id, event.ts_us, now_us, body)
        for event, location_id, body in zip(events, cast("list[int]", location_ids), bodies, strict=True)
    ]
    return Draft(user_id, rows, any(is_urgent(event.text) for event in events))


def prepare_import(user_id: UUID, entries: Sequence[Arrival | Tombstone]) -> Draft:
    """Prepares a draft of events and deletions of another server's log, each with the time of its arrival there."""
    found = [_location_of(entry) for entry in entries]
    ids = locations.get_or_create_ids((user_id, location) for location in found if location)
    unknown_id = locations.get_unknown_id(user_id) if None in found else 0
    location_ids = [ids[user_id, location] if location else unknown_id for location in found]
    bodies = iter(event_compression.compress_all([entry.event.text for entry in entries if isinstance(entry, Arrival)]))
    return Draft(user_id, [_make_row(user_id, *pair, bodies) for pair in zip(entries, location_ids, strict=True)])


def _location_of(entry: Arrival | Tombstone) -> EventLocation | None:
    return locations.for_event(entry.event) if isinstance(entry, Arrival) else entry.location


def _make_row(user_id: UUID, entry: Arrival | Tombstone, location_id: int, bodies: Iterator[bytes]) -> EventRow:
    if isinstance(entry, Tombstone):
        return EventRow(user_id, entry.id, location_id, END_OF_TIME_US, entry.received_us, None)
    return EventRow(user_id, entry.event.id, location_id, entry.event.ts_us, entry.received_us, next(bodies))
