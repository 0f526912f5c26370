"""Deletes an account and all its data at once."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from accounts.credentials import token_grants
from accounts.models import Token, User


def delete_account(user_id: UUID) -> None:
    """Deletes the user and all their data in this database, in one transaction. Backups expire later.

    The higher apps register in `ERASED_WITH_ACCOUNT` the functions that delete their data.
    """
    token_ids = list(Token.objects.for_user(user_id).values_list("id", flat=True))
    with transaction.atomic():
        for eraser in settings.ERASED_WITH_ACCOUNT:
            import_string(eraser)(user_id)
        # Tokens, sessions, mail, second factor and device logins are deleted with the row.
        User.objects.filter(id=user_id).delete()
    token_grants.evict(token_ids)
