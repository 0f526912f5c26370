"""The end of an account: everything of it, at once."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from accounts.credentials import api_tokens
from accounts.models import Token, User


def delete_account(user_id: UUID) -> None:
    """Deletes the user with all that is theirs in this database, in one transaction. Backups run out by themselves.

    The rooms above name in `ERASED_WITH_ACCOUNT` what they hold.
    """
    token_ids = list(Token.objects.for_user(user_id).values_list("id", flat=True))
    with transaction.atomic():
        for eraser in settings.ERASED_WITH_ACCOUNT:
            import_string(eraser)(user_id)
        # Tokens, sessions, mail, second factor and device logins go with the row.
        User.objects.filter(id=user_id).delete()
    api_tokens.evict_grants(token_ids)
