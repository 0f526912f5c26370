"""API tokens that can be restored for some minutes after their revocation."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.models.api_token import Scope
from accounts.models.user import User


class RevokedTokenQuerySet(models.QuerySet["RevokedToken"]):
    def for_user(self, user_id: UUID) -> "RevokedTokenQuerySet":
        return self.filter(user_id=user_id)


class RevokedToken(models.Model):
    """What restores a revoked token: see `accounts.credentials.token_revocation`.

    It is a table of its own, not a flag in `Token`: a check of a token finds no row, and cannot forget to read a flag.
    """

    id = models.UUIDField(primary_key=True, editable=False)  # that of the token
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="revoked_tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope)
    created_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    client = models.CharField(max_length=100, null=True, editable=False)
    revoked_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    objects: ClassVar[models.Manager["RevokedToken"]] = models.Manager.from_queryset(RevokedTokenQuerySet)()

    def __str__(self) -> str:
        return self.name
