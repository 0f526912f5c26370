"""Deletes all derived rows and preferences of a user."""

from uuid import UUID

from events.isolation import work_limits
from events.isolation.row_security import acting_for_user
from events.work_kinds import ERASURE
from memory.models import ProjectionState
from memory.projection import repository


@acting_for_user
def erase(user_id: UUID) -> None:
    """Deletes all rows of a user, within the transaction that deletes the account.

    Deletes the projection state first: a concurrent projector waits for the lock on that row.
    """
    work_limits.limit_transaction(ERASURE)
    ProjectionState.objects.filter(user_id=user_id).delete()
    repository.delete_derived_rows(user_id)
    for model in (*repository.PREFERENCE_MODELS, *repository.NOTIFICATION_MODELS):
        model.objects.for_user(user_id).delete()
