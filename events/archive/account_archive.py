"""A user's log as NDJSON, piece by piece; with all else of the account if it is asked for.

A line is an event as pull gives it, in the order in which they were stored. The whole account has two more kinds of
lines: `{"deleted": …}` where an event was deleted, and at the end `{"<name>": …}` for what carriers bring.
`events.archive.account_import` reads all of them back.
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

# Read and sent together. An event may have 1 MiB, and this many of those stand in memory at once.
EVENT_BATCH_SIZE = 20
LOCATION_FIELDS = ("project", "root", "repo")


def export_chunks(user_id: UUID, *, whole_account: bool) -> Iterator[str]:
    """Some lines at a time, up to where the log ends now."""
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
    """Where what was deleted had happened: whoever walks one project hears of its deletions."""
    location_ids = dict(Event.objects.for_user(user_id).filter(seq__in=seqs).values_list("seq", "location_id"))
    rows = Location.objects.for_user(user_id).filter(id__in=set(location_ids.values()))
    # Of what was deleted before it came nobody knows where that was.
    locations = {
        row.id: {part: getattr(row, part) for part in LOCATION_FIELDS}
        for row in rows
        if bytes(row.key) != UNKNOWN_LOCATION_KEY
    }
    return {seq: locations.get(number, {}) for seq, number in location_ids.items()}


def _format_record(name: str, values: Mapping[str, object]) -> str:
    return json.dumps({name: values}, ensure_ascii=False, separators=(",", ":"))
