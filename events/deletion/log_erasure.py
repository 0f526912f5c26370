"""The end of a user's log."""

from uuid import UUID

from accounts.models import User
from events.isolation.row_security import acting_for_user
from events.models import Event, Location, RemovedIds, Stream


@acting_for_user
def erase(user_id: UUID) -> None:
    """Deletes all of a user's events, one statement a table. Within the transaction that deletes the account.

    Two locks come first. The stream's, made if there is none: an append that is under way ends before, a later one
    finds neither stream nor user. Then the user's, for which a new place has to wait. The other way round an append
    would hold the stream and wait for the user.
    """
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
