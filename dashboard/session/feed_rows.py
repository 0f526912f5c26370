"""Records of the log as rows of the feed, and those as HTML."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.demo.demo_events import is_demo_id
from dashboard.render.row_text import FeedRow, make_row
from events.store.log import Record
from events.wire.timestamps import parse_rfc3339, to_datetime

MAX_NESTED_VALUES = 20_000  # lists and objects in an event
_MAX_DISTANCE_US = 366 * 100 * 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class RenderedRow:
    """A row where it stands: under its event's number, at the time it happened."""

    seq: int
    row: FeedRow
    at: datetime
    event_id: UUID | None = None  # None for a sample, which no event made

    @property
    def is_demo(self) -> bool:
        return self.event_id is not None and is_demo_id(self.event_id)

    @property
    def clock(self) -> str:
        return format_clock(self.at)


def format_clock(at: datetime) -> str:
    """UTC, to the second on the day itself; a browser that runs scripts puts its own time there."""
    today = at.date() == timezone.now().date()
    return f"{at:%H:%M:%S}" if today else f"{at:%d %b %H:%M}"


def render_rows(rows: Iterable[RenderedRow], deleted_ids: Sequence[UUID]) -> str:
    """The HTML of these rows, told in the order of the log; the latest row comes first.

    What was deleted follows by its event's id, for pages that still show it.
    """
    return render_to_string("feed/_rows.html", {"rows": merge_rows(rows), "deleted_ids": deleted_ids})


def render_newest_first(records: Iterable[Record]) -> list[RenderedRow]:
    """The rows of records in the order of the log, turned around. A use of a tool is one row, where it began."""
    return merge_rows(map(render_row, records))


def merge_rows(rendered_rows: Iterable[RenderedRow]) -> list[RenderedRow]:
    rows: dict[str, RenderedRow] = {}
    for number, new in enumerate(rendered_rows):
        key = new.row.merge_key or str(number)
        old = rows.get(key)
        if old is None:
            rows[key] = new
        elif old.row.is_open or not new.row.is_open:
            rows[key] = replace(new, at=old.at)
    return list(reversed(rows.values()))


def render_row(record: Record) -> RenderedRow:
    if _is_too_complex(record.text):
        return render_bare_row(record)
    feed_row = make_row(json.loads(record.text, parse_int=float))
    return RenderedRow(record.seq, feed_row, event_time(feed_row.ts, record.received_at), record.id)


def render_bare_row(record: Record) -> RenderedRow:
    """The row of an event that nobody reads here: all of it is under its number."""
    feed_row = FeedRow("dot", "Event", "too large to be told in a line", "", "plain", "", "", "", "")
    return RenderedRow(record.seq, feed_row, record.received_at, record.id)


def _is_too_complex(text: str) -> bool:
    """Whether it holds so many values that reading it would hold up everybody."""
    return len(text) > MAX_NESTED_VALUES and text.count("[") + text.count("{") > MAX_NESTED_VALUES


def event_time(ts: str, received_at: datetime) -> datetime:
    """When it happened; when it came, if the machine's clock tells a time that a calendar cannot hold."""
    time_us = parse_rfc3339(ts)
    if time_us is None or abs(time_us) > _MAX_DISTANCE_US:
        return received_at
    return to_datetime(time_us).astimezone(UTC)
