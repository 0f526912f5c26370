"""The second factor of a user: an authenticator, and recovery codes for when it is lost."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class SecondFactor(models.Model):
    """An authenticator. Its secret is derived from the id and `TOKEN_KEY`, and not stored: see `two_factor`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Null until a code proves that the owner's device has the secret; before that the row has no effect.
    confirmed_at = models.DateTimeField(null=True, editable=False)
    # The 30-second step of the last accepted code. A code of this or an earlier step is refused.
    last_step = models.BigIntegerField(default=0, editable=False)


class RecoveryCode(models.Model):
    """A recovery code, as a keyed digest. Using it deletes it."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint("factor", "digest", name="accounts_recovery_code_once")]
