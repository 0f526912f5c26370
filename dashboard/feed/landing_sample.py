"""The example on the landing page: rows of the demo, rendered by the same code as real events."""

import json

from django.utils import timezone

from dashboard.demo import demo_events
from dashboard.render.row_text import make_row
from dashboard.session.feed_rows import RenderedRow, merge_rows
from events.wire.hook_event import HookEvent

SAMPLE_ROWS_LIMIT = 10


def build_sample_rows() -> list[RenderedRow]:
    """Builds the rows of the session that is working, and the rows of other sessions that wait."""
    now = timezone.now()
    texts = map(json.dumps, demo_events.build_events(0, now))
    events = (HookEvent.parse(0, text, round(now.timestamp() * 1_000_000)) for text in texts)
    all_rows = merge_rows(RenderedRow(0, make_row(event), event.sent_at) for event in events)
    shop = "demo-shop"
    visible = (
        one for one in all_rows if one.row.verb != "Usage" and (one.row.project == shop or one.row.tone == "wait")
    )
    return list(visible)[:SAMPLE_ROWS_LIMIT]
