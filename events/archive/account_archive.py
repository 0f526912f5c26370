"""Exports a user's log as NDJSON in chunks, on request with the other data of the account.

A line is an event as pull returns it, in the order of the log. An export of the whole account also has a line
`{"deleted": …}` per tombstone, and at the end a line `{"<name>": …}` per record of an exporter.
`events.archive.account_import` imports all of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from events.archive import exporters
from events.isolation.row_security import acting_for_user
from events.models import UNKNOWN_LOCATION_KEY, Event, Location
from events.store import log
from events.store.log import Record
from events.wire.json_text import compact_json
from events.wire.timestamps import format_rfc3339

# Events that are loaded and sent together. An event may have 1 MiB, so this bounds the memory.
EVENT_BATCH_SIZE = 20
LOCATION_FIELDS = ("project", "root", "repo")


def export_chunks(user_id: UUID, *, whole_account: bool) -> Iterator[str]:
    """Yields some lines at a time, up to the current head of the log."""
    end, at = log.load_head(user_id), 0
    while at < end:
        records = log.load_after(user_id, at, limit=EVENT_BATCH_SIZE)
        yield "".join(f"{line}\n" for line in _event_lines(user_id, records, whole_account))
        at = records[-1].seq if records else end
    for exporter in exporters.load_exporters() if whole_account else ():
        yield from (f"{_format_record(name, values)}\n" for name, values in exporter.export_records(user_id))


def _event_lines(user_id: UUID, records: Sequence[Record], whole_account: bool) -> Iterator[str]:
    deleted = [record.seq for record in records if record.is_deleted]
    locations = _load_locations(user_id, deleted) if whole_account and deleted else {}
    for record in records:
        if not record.is_deleted:
            yield compact_json(record.to_wire(user_id))
        elif whole_account:
            tombstone = {"id": str(record.id), "deleted_at": format_rfc3339(record.received_us)}
            yield _format_record("deleted", tombstone | locations.get(record.seq, {}))


@acting_for_user
def _load_locations(user_id: UUID, seqs: Sequence[int]) -> dict[int, dict[str, str]]:
    """Loads the locations of tombstones, so that readers of one project learn of its deletions."""
    location_ids = dict(Event.objects.for_user(user_id).filter(seq__in=seqs).values_list("seq", "location_id"))
    rows = Location.objects.for_user(user_id).filter(id__in=set(location_ids.values()))
    # The location of an event that was deleted before it arrived is unknown.
    locations = {
        row.id: {part: getattr(row, part) for part in LOCATION_FIELDS}
        for row in rows
        if bytes(row.key) != UNKNOWN_LOCATION_KEY
    }
    return {seq: locations.get(number, {}) for seq, number in location_ids.items()}


def _format_record(name: str, values: Mapping[str, object]) -> str:
    return json.dumps({name: values}, ensure_ascii=False, separators=(",", ":"))
