"""Renders records of the log as rows of the feed, and rows as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.demo.demo_events import is_demo_id
from dashboard.render.feed_row import FeedRow
from dashboard.render.row_text import make_row
from events.store.log import Record
from events.wire.hook_event import HookEvent

MAX_NESTED_VALUES = 20_000  # lists and objects in an event
MIN_RUN_ROWS = 3  # fewer rows do not fold
SLOW_CALL = timedelta(seconds=10)  # a call that took as long is news when it ends; `plan.js` has the same


@dataclass(frozen=True, slots=True)
class RenderedRow:
    """A row of the feed with the number and the time of its event."""

    seq: int
    row: FeedRow
    at: datetime
    event_id: UUID | None = None  # None for a sample row, which has no event

    @property
    def is_demo(self) -> bool:
        return self.event_id is not None and is_demo_id(self.event_id)

    @property
    def clock(self) -> str:
        return format_clock(self.at)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A row of the feed, or a run of like rows, newest first, of which the first is shown."""

    rows: Sequence[RenderedRow]

    @property
    def head(self) -> RenderedRow:
        return self.rows[0]

    @property
    def is_run(self) -> bool:
        return len(self.rows) >= MIN_RUN_ROWS


def format_clock(at: datetime) -> str:
    """Formats a UTC time, with seconds if it is today; a browser with scripts replaces it by local time."""
    today = at.date() == timezone.now().date()
    return f"{at:%H:%M:%S}" if today else f"{at:%d %b %H:%M}"


def render_rows(rows: Iterable[RenderedRow], deleted_ids: Sequence[UUID]) -> str:
    """Renders rows, given in log order, as HTML, latest row first.

    The ids of deleted events follow, for pages that still show these events.
    """
    items = [FeedItem([row]) for row in merge_rows(rows)]
    return render_to_string("feed/_rows.html", {"items": items, "deleted_ids": deleted_ids})


def fold_runs(rows: Iterable[RenderedRow]) -> list[FeedItem]:
    """Folds three or more rows that follow each other and are alike."""
    items: list[FeedItem] = []
    for _, group in groupby(enumerate(rows), key=lambda one: one[1].row.run_key or one[0]):
        alike = [row for _, row in group]
        items += [FeedItem(alike)] if len(alike) >= MIN_RUN_ROWS else [FeedItem([row]) for row in alike]
    return items


def merge_rows(rendered_rows: Iterable[RenderedRow]) -> list[RenderedRow]:
    """Merges the rows of each tool call, given in the order of their time; returns the latest first.

    A call has one row, at its start; one that failed, or took long, stands at its end, where it is news.
    """
    rows: dict[str, RenderedRow] = {}
    for number, new in enumerate(rendered_rows):
        key = new.row.merge_key or str(number)
        old = rows.get(key)
        if old is None:
            rows[key] = new
        elif _is_news(old, new):
            del rows[key]
            rows[key] = new
        elif old.row.is_open or not new.row.is_open:
            rows[key] = replace(new, at=old.at)
    return list(reversed(rows.values()))


def _is_news(old: RenderedRow, new: RenderedRow) -> bool:
    is_end = old.row.is_open and not new.row.is_open
    return is_end and (new.row.tone == "bad" or new.at - old.at >= SLOW_CALL)


def render_row(record: Record) -> RenderedRow:
    if _is_too_complex(record.text):
        return render_bare_row(record)
    event = HookEvent.parse(record.seq, record.text, record.received_us)
    return RenderedRow(record.seq, make_row(event), event.sent_at, record.id)


def render_bare_row(record: Record) -> RenderedRow:
    """Makes the row of an event that is not parsed; the page of the event shows all of it."""
    feed_row = FeedRow("dot", "Event", "Too large to summarize", "", "plain", "", "", "")
    return RenderedRow(record.seq, feed_row, record.received_at, record.id)


def _is_too_complex(text: str) -> bool:
    """Whether an event holds so many nested values that parsing it would delay other requests."""
    return len(text) > MAX_NESTED_VALUES and text.count("[") + text.count("{") > MAX_NESTED_VALUES
