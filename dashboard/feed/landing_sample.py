"""The example on the landing page: some rows of the demo, read by the same code as real ones."""

from datetime import datetime

from django.utils import timezone

from dashboard.demo import demo_events
from dashboard.render.row_text import row
from dashboard.session.feed_rows import Shown, merged

ROWS = 10


def rows() -> list[Shown]:
    """The session that is at work, and who waits beside it."""
    events = demo_events.events(0, timezone.now())
    told = merged(Shown(0, row(event), datetime.fromisoformat(event["ts"])) for event in events)
    shop = "demo-shop"
    shown = (one for one in told if one.row.verb != "Usage" and (one.row.project == shop or one.row.tone == "wait"))
    return list(shown)[:ROWS]
