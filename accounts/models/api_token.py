"""API tokens, and what each allows."""

from typing import ClassVar
from uuid import UUID, uuid4

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class Scope(models.TextChoices):
    CAPTURE = "capture"
    FULL = "full"
    # For another Memfog server with the same log. Only this scope may delete: see docs/decisions/sync.md.
    SYNC = "sync"


class TokenQuerySet(models.QuerySet["Token"]):
    def for_user(self, user_id: UUID) -> "TokenQuerySet":
        return self.filter(user_id=user_id)


class Token(models.Model):
    """The identity of an API token. The token is signed, not stored: see `accounts.credentials.api_tokens`."""

    DEFAULT_NAME = "default"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.FULL)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    client = models.CharField(max_length=100, null=True, editable=False)

    objects: ClassVar[models.Manager["Token"]] = models.Manager.from_queryset(TokenQuerySet)()

    def __str__(self) -> str:
        return self.name
