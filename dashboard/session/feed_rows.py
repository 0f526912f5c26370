"""Records of the log as rows of the feed, and those as HTML."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.demo.demo_events import is_demo
from dashboard.render.row_text import Row, row
from events.store.log import Record
from events.wire.timestamps import microseconds, moment

NESTED = 20_000  # lists and objects in an event
_YEARS_US = 366 * 100 * 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A row where it stands: under its event's number, at the time it happened."""

    seq: int
    row: Row
    at: datetime
    event_id: UUID | None = None  # None for a sample, which no event made

    @property
    def is_demo(self) -> bool:
        return self.event_id is not None and is_demo(self.event_id)

    @property
    def clock(self) -> str:
        return clock(self.at)


def clock(at: datetime) -> str:
    """UTC, to the second on the day itself; a browser that runs scripts puts its own time there."""
    today = at.date() == timezone.now().date()
    return f"{at:%H:%M:%S}" if today else f"{at:%d %b %H:%M}"


def html(told: Iterable[Shown], gone: Sequence[UUID]) -> str:
    """The HTML of these rows, told in the order of the log; the latest row comes first.

    What was deleted follows by its event's id, for pages that still show it.
    """
    return render_to_string("dashboard/_rows.html", {"rows": merged(told), "gone": gone})


def newest_first(records: Iterable[Record]) -> list[Shown]:
    """The rows of records in the order of the log, turned around. A use of a tool is one row, where it began."""
    return merged(map(shown, records))


def merged(told: Iterable[Shown]) -> list[Shown]:
    rows: dict[str, Shown] = {}
    for number, new in enumerate(told):
        key = new.row.key or str(number)
        old = rows.get(key)
        if old is None:
            rows[key] = new
        elif old.row.open or not new.row.open:
            rows[key] = replace(new, at=old.at)
    return list(reversed(rows.values()))


def shown(record: Record) -> Shown:
    if _is_heavy(record.text):
        return bare(record)
    made = row(json.loads(record.text, parse_int=float))
    return Shown(record.seq, made, when(made.ts, record.received_at), record.id)


def bare(record: Record) -> Shown:
    """The row of an event that nobody reads here: all of it is under its number."""
    said = Row("dot", "Event", "too large to be told in a line", "", "plain", "", "", "", "")
    return Shown(record.seq, said, record.received_at, record.id)


def _is_heavy(text: str) -> bool:
    """Whether it holds so many values that reading it would hold up everybody."""
    return len(text) > NESTED and text.count("[") + text.count("{") > NESTED


def when(ts: str, received_at: datetime) -> datetime:
    """When it happened; when it came, if the machine's clock tells a time that a calendar cannot hold."""
    told = microseconds(ts)
    if told is None or abs(told) > _YEARS_US:
        return received_at
    return moment(told).astimezone(UTC)
