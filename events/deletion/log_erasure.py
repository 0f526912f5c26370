"""Deletes a user's log with the account."""

from uuid import UUID

from accounts.models import User
from events.isolation import work_limits
from events.isolation.row_security import acting_for_user
from events.models import Event, Location, RemovedIds, Stream
from events.work_kinds import ERASURE


@acting_for_user
def erase(user_id: UUID) -> None:
    """Deletes all events of a user, one statement per table, within the transaction that deletes the account.

    First it locks the stream, which it creates if missing: a running append ends before, and a later append finds
    neither stream nor user. Then it locks the user, for which the insert of a new location has to wait. In the
    opposite order, an append could hold the stream and wait for the user.
    """
    work_limits.limit_transaction(ERASURE)
    Stream.objects.get_or_create(user_id=user_id)
    stream = Stream.objects.filter(user_id=user_id)
    for locked in (stream, User.objects.filter(id=user_id)):
        list(locked.select_for_update())
    for rows in (
        Event.objects.for_user(user_id),
        Location.objects.for_user(user_id),
        RemovedIds.objects.for_user(user_id),
        stream,
    ):
        rows.delete()
