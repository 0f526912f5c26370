"""The end of what is derived for a user, and of what the user chose."""

from uuid import UUID

from events.isolation import for_its_user
from memory import tables
from memory.models import Progress


@for_its_user
def erase(user_id: UUID) -> None:
    """Within the transaction that deletes the account. The row of progress goes first: whoever derives waits for it."""
    Progress.objects.filter(user_id=user_id).delete()
    tables.forget_all(user_id)
    for chosen in tables.CHOSEN:
        chosen.objects.of(user_id).delete()
