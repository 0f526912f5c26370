"""A machine that waits for its sign-in (RFC 8628)."""

from django.db import models
from django.utils import timezone

from accounts.models.api_token import Scope, Token


class DeviceLogin(models.Model):
    """A pending device login; its two codes are stored as keyed digests.

    The row is deleted when the machine has its token, or after ten minutes.
    """

    device_code_digest = models.BinaryField(max_length=32, unique=True)
    # Null after the decision, because the code works once.
    user_code_digest = models.BinaryField(max_length=32, unique=True, null=True)
    client_name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope)
    created_at = models.DateTimeField(default=timezone.now)
    polled_at = models.DateTimeField(null=True)
    interval = models.PositiveSmallIntegerField(default=5)
    denied = models.BooleanField(default=False)
    # The approval creates the token. A revocation before the machine collects it deletes this row, too.
    token = models.OneToOneField(Token, null=True, on_delete=models.CASCADE, related_name="device_login")
