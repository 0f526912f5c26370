"""Revokes API tokens, and restores them within `UNDO_WINDOW`.

A revoked token is refused at once like an unknown one, because its row is deleted. Only the signed-in owner, who may
also create tokens, can restore it; so a thief of the token gains nothing by the window. What an operator revoked stays
revoked.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.credentials import api_tokens, token_grants
from accounts.models import RevokedToken, Token, User
from accounts.models.revoked_token import RevokedTokenQuerySet

UNDO_WINDOW = timedelta(minutes=10)
_COPIED_FIELDS = ("id", "user_id", "name", "scope", "created_at", "last_used_at", "client")


def revoke(user_id: UUID, token_id: UUID, *, restorable: bool = True) -> bool:
    """Revokes a token of this user. Returns False if the user has no such token."""
    with transaction.atomic():
        token = Token.objects.for_user(user_id).select_for_update().filter(id=token_id).first()
        if token is None:
            return False
        if restorable:
            RevokedToken.objects.create(**_copy_fields(token))
        Token.objects.filter(id=token_id).delete()
    # After the commit: a request in between could load the grant again.
    token_grants.evict([token_id])
    return True


def revoke_all(user_id: UUID) -> None:
    """Revokes all tokens of this user for good, also those that the user could still restore."""
    for token_id in Token.objects.for_user(user_id).values_list("id", flat=True):
        revoke(user_id, token_id, restorable=False)
    RevokedToken.objects.filter(user_id=user_id).delete()


def list_restorable(user_id: UUID) -> list[RevokedToken]:
    """Lists the tokens that this user can restore, the last revoked first."""
    return list(_filter_restorable().for_user(user_id).order_by("-revoked_at"))


def restore(user_id: UUID, token_id: UUID) -> Token | None:
    """Restores a revoked token of this user; None if there is none or it is too late.

    Raises Problem `invalid_input` if the user has as many tokens as allowed.
    """
    with transaction.atomic():
        # As in `api_tokens.create`, the owner's row is the lock.
        owner = User.objects.select_for_update().get(id=user_id)
        revoked = _filter_restorable().for_user(user_id).filter(id=token_id).first()
        if revoked is None:
            return None
        api_tokens.check_token_limit(owner)
        revoked_fields = _copy_fields(revoked)
        revoked.delete()
        return Token.objects.create(**revoked_fields)


def delete_expired() -> None:
    """Deletes the revoked tokens that can no longer be restored."""
    RevokedToken.objects.filter(revoked_at__lte=timezone.now() - UNDO_WINDOW).delete()


def _copy_fields(row: Token | RevokedToken) -> dict[str, object]:
    return {name: getattr(row, name) for name in _COPIED_FIELDS}


def _filter_restorable() -> RevokedTokenQuerySet:
    rows: RevokedTokenQuerySet = RevokedToken.objects.filter(revoked_at__gt=timezone.now() - UNDO_WINDOW)
    return rows
