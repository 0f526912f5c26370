"""A machine that asks to be let in (RFC 8628)."""

from django.db import models
from django.utils import timezone

from accounts.models.user import Scope, Token


class DeviceLogin(models.Model):
    """Its two codes stand here as keyed digests. It is gone once the machine has its token, or ten minutes old."""

    device_code_digest = models.BinaryField(max_length=32, unique=True)
    # Null once somebody has decided: the code works once.
    user_code_digest = models.BinaryField(max_length=32, unique=True, null=True)
    client_name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope)
    created_at = models.DateTimeField(default=timezone.now)
    polled_at = models.DateTimeField(null=True)
    interval = models.PositiveSmallIntegerField(default=5)
    denied = models.BooleanField(default=False)
    # Made by the approval. Revoked before it was fetched, it takes this row along.
    token = models.OneToOneField(Token, null=True, on_delete=models.CASCADE, related_name="device_login")
