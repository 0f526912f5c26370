"""The account that Memfog creates for the owner of a personal machine."""

from django.db import models

from accounts.models.user import User


class LocalAccount(models.Model):
    """The owner of this machine, and the one link that signs them in. There is at most one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="local_account")
    # A keyed digest of the link's secret. A newer link replaces it; using the link clears it.
    link_digest = models.BinaryField(max_length=32, null=True, editable=False)
    link_created_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="accounts_one_local_account")]
