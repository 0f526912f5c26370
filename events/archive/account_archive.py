"""A user's log as NDJSON, piece by piece; with all else of the account if it is asked for.

A line is an event as pull gives it, in the order in which they were stored. The whole account has two more kinds of
lines: `{"deleted": …}` where an event was deleted, and at the end `{"<name>": …}` for what carriers bring.
`events.archive.account_import` reads all of them back.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from events.archive import exporters
from events.isolation.row_security import for_its_user
from events.models import NOWHERE, Event, Place
from events.store import log
from events.store.log import Record
from events.wire.json_text import one_line
from events.wire.timestamps import rfc3339

# Read and sent together. An event may have 1 MiB, and this many of those stand in memory at once.
AT_ONCE = 20
PARTS = ("project", "root", "repo")


def pieces(user_id: UUID, *, whole: bool) -> Iterator[str]:
    """Some lines at a time, up to where the log ends now."""
    end, at = log.head(user_id), 0
    while at < end:
        records = log.after(user_id, at, limit=AT_ONCE)
        yield "".join(f"{line}\n" for line in _lines(user_id, records, whole))
        at = records[-1].seq if records else end
    for carrier in exporters.all_of_them() if whole else ():
        yield from (f"{_record(name, values)}\n" for name, values in carrier.told(user_id))


def _lines(user_id: UUID, records: Sequence[Record], whole: bool) -> Iterator[str]:
    deleted = [record.seq for record in records if record.deleted]
    places = _places(user_id, deleted) if whole and deleted else {}
    for record in records:
        if not record.deleted:
            yield one_line(record.wire(user_id))
        elif whole:
            when = {"id": str(record.id), "deleted_at": rfc3339(record.received_us)}
            yield _record("deleted", when | places.get(record.seq, {}))


@for_its_user
def _places(user_id: UUID, seqs: Sequence[int]) -> dict[int, dict[str, str]]:
    """Where what was deleted had happened: whoever walks one project hears of its deletions."""
    numbers = dict(Event.objects.of(user_id).filter(seq__in=seqs).values_list("seq", "place_id"))
    rows = Place.objects.of(user_id).filter(id__in=set(numbers.values()))
    # Of what was deleted before it came nobody knows where that was.
    found = {row.id: {part: getattr(row, part) for part in PARTS} for row in rows if bytes(row.key) != NOWHERE}
    return {seq: found.get(number, {}) for seq, number in numbers.items()}


def _record(name: str, values: Mapping[str, object]) -> str:
    return json.dumps({name: values}, ensure_ascii=False, separators=(",", ":"))
