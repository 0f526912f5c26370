"""Pulls from the other server: stores a page of its log together with the new cursor, in one transaction."""

from uuid import UUID

from django.db.models import F

from events.deletion import event_deletion
from events.isolation.row_security import acting_for
from events.models import Event
from events.store import drafts, log
from events.wire.envelope import WireEvent
from sync import sync_links
from sync.models import SyncLink
from sync.remote_server import PullPage


def store_page(link: SyncLink, page: PullPage) -> None:
    """Stores the new events of a page, applies its deletions and moves the link's cursor. Raises ConcurrentRun."""
    user_id = link.user_id
    # Prepared before the lock: compressing takes longer than storing. A known event costs one look-up.
    draft = drafts.prepare(user_id, _select_new(user_id, page.events))
    with sync_links.locked_link(link):
        head_before = log.load_head(user_id)
        (appended,) = log.append([draft])
        deleted = event_deletion.write_tombstones(user_id, page.deleted)
        if (head := log.load_head(user_id)) > head_before:
            sync_links.add_synced_range(user_id, head_before + 1, head)
        counts = {"received": F("received") + appended.accepted, "deleted_locally": F("deleted_locally") + deleted}
        sync_links.update_link(link, cursor=page.cursor, row_digest=page.row_digest, **counts)
    if page.rejected:
        rejections = [(one.id or "", one.code, one.detail) for one in page.rejected]
        sync_links.add_rejected_events(user_id, rejections, was_push=False)


def _select_new(user_id: UUID, events: list[WireEvent]) -> list[WireEvent]:
    ids = [event.id for event in events]
    with acting_for(user_id):
        known_ids = set(Event.objects.for_user(user_id).filter(id__in=ids).values_list("id", flat=True))
    return [event for event in events if event.id not in known_ids]
