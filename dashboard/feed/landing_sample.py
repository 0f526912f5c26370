"""The example on the landing page: some rows of the demo, read by the same code as real ones."""

from datetime import datetime

from django.utils import timezone

from dashboard.demo import demo_events
from dashboard.render.row_text import make_row
from dashboard.session.feed_rows import RenderedRow, merge_rows

SAMPLE_ROWS_LIMIT = 10


def build_sample_rows() -> list[RenderedRow]:
    """The session that is at work, and who waits beside it."""
    events = demo_events.build_events(0, timezone.now())
    all_rows = merge_rows(RenderedRow(0, make_row(event), datetime.fromisoformat(event["ts"])) for event in events)
    shop = "demo-shop"
    visible = (
        one for one in all_rows if one.row.verb != "Usage" and (one.row.project == shop or one.row.tone == "wait")
    )
    return list(visible)[:SAMPLE_ROWS_LIMIT]
