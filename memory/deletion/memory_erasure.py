"""The end of what is derived for a user, and of what the user chose."""

from uuid import UUID

from events.isolation.row_security import for_its_user
from memory.models import Progress
from memory.projection import repository


@for_its_user
def erase(user_id: UUID) -> None:
    """Within the transaction that deletes the account. The row of progress goes first: whoever derives waits for it."""
    Progress.objects.filter(user_id=user_id).delete()
    repository.forget_all(user_id)
    for chosen in repository.CHOSEN:
        chosen.objects.of(user_id).delete()
