"""Loads a page of the feed: the events within the page filter and of a kind, by the time at which they happened."""

from dataclasses import dataclass
from uuid import UUID

from dashboard.session import feed_rows
from dashboard.session.feed_rows import FeedItem, RenderedRow
from events.store.log import Record
from events.store.merge_scan import TimePosition
from memory.sessions import event_feed
from memory.values.page_filter import PageFilter

BATCH_SIZE, MIN_ROWS, MAX_BATCHES = 50, 20, 10  # events read together, rows of a page, and how often it reads


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the feed, and all records that were read. `older` is where the next page starts; None on the last."""

    items: list[FeedItem]
    records: list[Record]
    older: TimePosition | None


def load_page(user_id: UUID, page_filter: PageFilter, kind: str, before: TimePosition | None) -> FeedPage:
    """Loads the page before a position, newest first. It has fewer rows where many events are of another kind."""
    records: list[Record] = []
    rendered: list[RenderedRow] = []  # each event once, in order
    rows = feed_rows.merge_rows([])
    for _ in range(MAX_BATCHES):
        batch, before = event_feed.load_feed_page(user_id, page_filter, limit=BATCH_SIZE, before=before)
        records += batch
        rendered = [*map(feed_rows.render_row, reversed(batch)), *rendered]
        rows = feed_rows.merge_rows(row for row in rendered if row.row.is_of_kind(kind))
        if before is None or len(rows) >= MIN_ROWS:
            break
    return FeedPage(feed_rows.fold_runs(rows), records, before)
