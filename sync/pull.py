"""From there to here: a page of the other log into this one, and the cursor with it, in one transaction."""

from uuid import UUID

from django.db.models import F

from events.deletion import event_deletion
from events.isolation.row_security import acting_for
from events.models import Event
from events.store import append_rows, log, stream_hub
from events.wire.envelope import WireEvent as NewEvent
from sync import sync_links
from sync.models import SyncLink
from sync.remote_server import PullPage


def store_page(link: SyncLink, page: PullPage) -> None:
    """Stores what is new on the page, deletes what is gone, and moves the link's cursor. Raises ConcurrentRun."""
    user_id = link.user_id
    # Drafted before the lock: compressing takes longer than storing. What is known costs nothing but the look.
    rows = log.build_batch_rows(log.EventBatch(user_id, _select_new(user_id, page.events)))
    with sync_links.locked_link(link):
        head_before = log.load_head(user_id)
        events = len(append_rows.append(rows))
        deleted = event_deletion.write_tombstones(user_id, page.deleted)
        if (head := log.load_head(user_id)) > head_before:
            sync_links.add_synced_range(user_id, head_before + 1, head)
        counts = {"received": F("received") + events, "deleted_locally": F("deleted_locally") + deleted}
        sync_links.update_link(link, cursor=page.cursor, row_digest=page.row_digest, **counts)
    if page.rejected:
        rejections = [(one.id or "", one.code, one.detail) for one in page.rejected]
        sync_links.add_rejected_events(user_id, rejections, was_push=False)
    if events or deleted:
        stream_hub.notify(user_id)


def _select_new(user_id: UUID, events: list[NewEvent]) -> list[NewEvent]:
    ids = [event.id for event in events]
    with acting_for(user_id):
        known_ids = set(Event.objects.for_user(user_id).filter(id__in=ids).values_list("id", flat=True))
    return [event for event in events if event.id not in known_ids]
