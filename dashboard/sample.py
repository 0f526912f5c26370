"""The example on the landing page: some rows of the demo, read by the same code as real ones."""

from datetime import datetime

from django.utils import timezone

from dashboard import made_up
from dashboard.live import Shown, merged
from dashboard.rows import row

ROWS = 10


def rows() -> list[Shown]:
    """The session that is at work, and who waits beside it."""
    events = made_up.events(0, timezone.now())
    told = merged(Shown(0, row(event), datetime.fromisoformat(event["ts"])) for event in events)
    shop = "demo-shop"
    shown = (one for one in told if one.row.verb != "Usage" and (one.row.project == shop or one.row.tone == "wait"))
    return list(shown)[:ROWS]
