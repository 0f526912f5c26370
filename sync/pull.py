"""From there to here: a page of the other log into this one, and the cursor with it, in one transaction."""

from uuid import UUID

from django.db.models import F

from events.deletion import event_deletion
from events.isolation.row_security import acting_for
from events.models import Event
from events.store import append_rows, log, stream_hub
from events.wire.envelope import Event as NewEvent
from sync import sync_links
from sync.models import Link
from sync.remote_server import Page


def take(link: Link, page: Page) -> None:
    """Stores what is new on the page, deletes what is gone, and moves the link's cursor. Raises Overtaken."""
    user_id = link.user_id
    # Drafted before the lock: compressing takes longer than storing. What is known costs nothing but the look.
    rows = log.draft(log.Batch(user_id, _unknown(user_id, page.events)))
    with sync_links.moving(link):
        before = log.head(user_id)
        events = len(append_rows.append(rows))
        gone = event_deletion.bury(user_id, page.deleted)
        if (head := log.head(user_id)) > before:
            sync_links.came(user_id, before + 1, head)
        counts = {"received": F("received") + events, "deleted_here": F("deleted_here") + gone}
        sync_links.move(link, cursor=page.cursor, mark=page.mark, **counts)
    if page.unreadable:
        found = [(one.id or "", one.code, one.detail) for one in page.unreadable]
        sync_links.refused(user_id, found, up=False)
    if events or gone:
        stream_hub.wake(user_id)


def _unknown(user_id: UUID, events: list[NewEvent]) -> list[NewEvent]:
    ids = [event.id for event in events]
    with acting_for(user_id):
        known = set(Event.objects.of(user_id).filter(id__in=ids).values_list("id", flat=True))
    return [event for event in events if event.id not in known]
