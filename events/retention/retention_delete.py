"""Takes events out of a log to make room: of each its id stays, on a shelf, and no reader is told.

This is housekeeping of one server. A deletion says "this is to be nowhere", moves the row to the end of the log and
travels to whoever syncs; this says "not here any more", and leaves a gap in the numbers, as if the log began later.
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
    bytes: int = 0  # of their packed texts

    def __add__(self, other: object) -> "DeletedAmount":
        assert isinstance(other, DeletedAmount)  # noqa: S101  # a tuple could be added to another kind
        return DeletedAmount(self.events + other.events, self.bytes + other.bytes)


@acting_for_user
def delete_expired(user_id: UUID, seqs: Sequence[int]) -> DeletedAmount:
    """Takes those of these events that are there and not deleted. One transaction; keep it short."""
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
