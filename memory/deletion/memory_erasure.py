"""The end of what is derived for a user, and of what the user chose."""

from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.models import ProjectionState
from memory.projection import repository


@acting_for_user
def erase(user_id: UUID) -> None:
    """Within the transaction that deletes the account. The row of progress goes first: whoever derives waits for it."""
    ProjectionState.objects.filter(user_id=user_id).delete()
    repository.delete_derived_rows(user_id)
    for model in repository.PREFERENCE_MODELS:
        model.objects.for_user(user_id).delete()
