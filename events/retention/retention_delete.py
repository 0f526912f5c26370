"""Deletes events under the retention policy. The id is kept for deduplication; no tombstone is written.

Retention applies to one server and does not sync: it leaves a gap in the numbers, as if the log started later. A
deletion by the user applies to all servers: it moves a tombstone to the end of the log, and sync sends it.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Length

from events.isolation.row_security import acting_for_user
from events.models import Event
from events.store import log, removed_ids


class DeletedAmount(NamedTuple):
    events: int = 0
    bytes: int = 0  # of the compressed texts

    def __add__(self, other: object) -> "DeletedAmount":
        assert isinstance(other, DeletedAmount)  # noqa: S101  # a tuple also allows other operands
        return DeletedAmount(self.events + other.events, self.bytes + other.bytes)


@acting_for_user
def delete_expired(user_id: UUID, seqs: Sequence[int]) -> DeletedAmount:
    """Deletes the given events, except tombstones and missing ones, in one transaction. Pass few, to keep it short."""
    with transaction.atomic():
        stream = log.lock_stream(user_id)
        rows = Event.objects.for_user(user_id).alive().filter(seq__in=seqs)
        found = list(rows.annotate(size=Length("body")).values_list("seq", "id", "size"))
        if not found:
            return DeletedAmount()
        removed_ids.add(user_id, [id_ for _, id_, _ in found])
        Event.objects.for_user(user_id).filter(seq__in=[seq for seq, _, _ in found]).delete()
        if not stream.has_removed_ids:
            stream.has_removed_ids = True
            stream.save(update_fields=["has_removed_ids"])
    return DeletedAmount(len(found), sum(size for _, _, size in found))
